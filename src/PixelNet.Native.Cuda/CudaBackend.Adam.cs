using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// Adam with decoupled decay, all segments in one launch; the corrections come with the step state.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public void AdamUpdate(Tensor w, Tensor m, Tensor v, Tensor g, IReadOnlyList<ParameterSegment> segments, in AdamOptions options, Tensor stepState)
    {
        var (table, longest, end) = SegmentTable(segments);
        Launch(AdamKernels.Update, (segments.Count, longest), Floats(w, end), Floats(m, end), Floats(v, end), Floats(g, end), table,
            KernelArgument.Value(options), State(stepState));
    }
}
