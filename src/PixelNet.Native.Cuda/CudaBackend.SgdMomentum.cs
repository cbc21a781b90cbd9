using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Cuda.Runtime;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// SgdMomentum (Caffe's form): V = momentum*V + lr*(g + decay*w); w -= V, all segments in one launch.
public sealed partial class CudaBackend
{
    private const int MostSegments = 1024;

    // The optimiser's segments, which are fixed for a run: they go to the device when they are first seen.
    private readonly CudaDeviceVariable<ParameterSegment> _segmentTable;
    private readonly List<ParameterSegment> _segments = [];

    /// <inheritdoc/>
    public void SgdMomentumUpdate(Tensor w, Tensor velocity, Tensor g, IReadOnlyList<ParameterSegment> segments, in SgdMomentumOptions options, Tensor stepState)
    {
        var (longest, end) = UploadSegments(segments);
        Launch(SgdMomentumKernels.Update, (segments.Count, longest), Floats(w, end), Floats(velocity, end), Floats(g, end), _segmentTable.DevicePointer,
            options.Momentum, options.WeightDecay, State(stepState));
    }

    /// <summary>Sees to it that the table on the device holds these segments; their longest length, and where the last one ends.</summary>
    private (long Longest, long End) UploadSegments(IReadOnlyList<ParameterSegment> segments)
    {
        if (segments.Count > MostSegments) throw new ArgumentException($"{segments.Count} parameter segments are more than the {MostSegments} of the table");
        long longest = 0, end = 0;
        bool same = segments.Count == _segments.Count;
        for (int i = 0; i < segments.Count; i++)
        {
            longest = Math.Max(longest, segments[i].Count);
            end = Math.Max(end, segments[i].Offset + segments[i].Count);
            same = same && segments[i] == _segments[i];
        }
        if (!same)
        {
            _segments.Clear();
            _segments.AddRange(segments);
            _segmentTable.CopyToDevice(CollectionsMarshal.AsSpan(_segments), _stream);
        }
        return (longest, end);
    }
}
