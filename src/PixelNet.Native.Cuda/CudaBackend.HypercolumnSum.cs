using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// HypercolumnSum: y [M,C] += the bilinear values of the projected maps, a launch a level; the last one's applies the ReLU.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public void HypercolumnSumForward(Tensor y, IReadOnlyList<Tensor> maps, Tensor samples, IReadOnlyList<HypercolumnLevel> levels, int sampleCount, bool relu)
    {
        int channels = y.Shape[1];
        for (int l = 0; l < levels.Count; l++)
            Launch(HypercolumnSumKernels.Forward, (sampleCount, channels), Floats(y, (long)sampleCount * channels), Floats(maps[l], Cells(levels[l]) * channels),
                Ints(samples, 3L * sampleCount), KernelArgument.Value(levels[l]), relu && l == levels.Count - 1 ? 1 : 0);
    }
}
