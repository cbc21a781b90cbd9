using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// Hypercolumn: row m of x [M,D] = for each level, the bilinear value of its map at sample m. Backward of one level: the cell-owner sum over
// the grid of the cell list's capacity; the count of touched cells is read on the device.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public void HypercolumnForward(Tensor x, IReadOnlyList<Tensor> maps, Tensor samples, Tensor? mean, Tensor? inverseDeviation,
        IReadOnlyList<HypercolumnLevel> levels, int sampleCount)
    {
        int width = x.Shape[1];
        for (int l = 0; l < levels.Count; l++)
        {
            var level = levels[l];
            Launch(HypercolumnKernels.Forward, (sampleCount, level.C), Floats(x, (long)sampleCount * width), Floats(maps[l], Cells(level) * level.C),
                Ints(samples, 3L * sampleCount), Floats(mean, width, optional: true), Floats(inverseDeviation, width, optional: true),
                KernelArgument.Value(level), sampleCount, width);
        }
    }

    /// <inheritdoc/>
    public void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation,
        in HypercolumnLevel level, int sampleCount, GradientMode mode)
    {
        int width = dX.Shape[1], capacity = checked((int)cells.Cells.Count);
        long count = Cells(level) * level.C;
        if (mode == GradientMode.Overwrite) Launch(FillKernels.Forward, count, Floats(dMap, count), count, 0f);
        Launch(HypercolumnKernels.Backward, (capacity, level.C), Floats(dMap, count), Floats(dX, (long)sampleCount * width), Ints(cells.Counts, 2),
            Ints(cells.Cells, capacity), Ints(cells.Starts, capacity + 1L), Ints(cells.Samples, 4L * sampleCount), Floats(cells.Weights, 4L * sampleCount),
            Floats(inverseDeviation, width, optional: true), KernelArgument.Value(level), width);
        // The mask is on the whole map, whoever wrote the gradient.
        if (activation is not null)
            Launch(DropoutKernels.Backward, count, Floats(dMap, count), Floats(dMap, count), Floats(activation, count), count, 1f);
    }

    private static long Cells(in HypercolumnLevel level) => (long)level.N * level.H * level.W;
}
