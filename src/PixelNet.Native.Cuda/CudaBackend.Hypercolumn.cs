using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// Hypercolumn: row m of x [M,D] = for each level, the bilinear value of its map at sample m, all levels in one launch. Backward of one level: the
// cell-owner sum; the counts of the cell list are read on the device. Where a gradient is added to and nothing masked, only touched cells are
// visited, over a grid of the list's capacity; else one launch writes the whole map.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public void HypercolumnForward(Tensor x, IReadOnlyList<Tensor> maps, Tensor samples, Tensor? mean, Tensor? inverseDeviation,
        IReadOnlyList<HypercolumnLevel> levels, int sampleCount)
    {
        int width = x.Shape[1];
        var kernel = Choose(HypercolumnKernels.Forward);
        KernelArgument output = Floats(x, (long)sampleCount * width), positions = Ints(samples, 3L * sampleCount);
        KernelArgument means = Floats(mean, width, optional: true), inverse = Floats(inverseDeviation, width, optional: true);
        bool allLevels = kernel.Parameters.Any(parameter => parameter.Name == "levels");
        if (allLevels && levels.Count > HypercolumnKernels.MostLevels)
            throw new ArgumentException($"{levels.Count} levels are more than the {HypercolumnKernels.MostLevels} of the kernel '{kernel}'");
        var table = new HypercolumnKernels.Levels { Count = levels.Count };
        for (int l = 0; l < levels.Count; l++)
        {
            var level = levels[l];
            long count = Cells(level) * level.C;
            if (allLevels) (table.Level[l], table.Map[l]) = (level, Pointer(maps[l], count));
            else Launch(kernel, (sampleCount, level.C), output, Floats(maps[l], count), positions, means, inverse, KernelArgument.Value(level), sampleCount, width);
        }
        if (allLevels) Launch(kernel, (sampleCount, width), output, positions, means, inverse, KernelArgument.Value(table), sampleCount, width);
    }

    /// <inheritdoc/>
    public void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation,
        in HypercolumnLevel level, int sampleCount, GradientMode mode)
    {
        int width = dX.Shape[1], capacity = checked((int)cells.Cells.Count), cellCount = checked((int)Cells(level));
        long count = Cells(level) * level.C;
        bool accumulate = mode == GradientMode.Accumulate;
        var touchedOnly = HypercolumnKernels.Backward.Find("hypercolumn_backward_v2")!;
        var kernel = accumulate && activation is null ? touchedOnly : Choose(HypercolumnKernels.Backward);
        KernelArgument gradient = Floats(dMap, count), columns = Floats(dX, (long)sampleCount * width), counts = Ints(cells.Counts, 2);
        KernelArgument indices = Ints(cells.Cells, capacity), starts = Ints(cells.Starts, capacity + 1L), samples = Ints(cells.Samples, 4L * sampleCount);
        KernelArgument weights = Floats(cells.Weights, 4L * sampleCount), inverse = Floats(inverseDeviation, width, optional: true);
        KernelArgument mask = Floats(activation, count, optional: true);
        if (kernel != touchedOnly)
        {
            Launch(kernel, (cellCount, capacity, level.C), gradient, columns, counts, indices, starts, samples, weights, mask, inverse, KernelArgument.Value(level), width,
                accumulate ? 1 : 0, HypercolumnKernels.BlockCells(kernel.Rung, cellCount, level.C));
            return;
        }
        if (!accumulate) Launch(FillKernels.Forward, count, gradient, count, 0f);
        Launch(kernel, (cellCount, capacity, level.C), gradient, columns, counts, indices, starts, samples, weights, inverse, KernelArgument.Value(level), width);
        // The mask is on the whole map, whoever wrote the gradient.
        if (activation is not null) Launch(DropoutKernels.Backward, count, gradient, gradient, mask, count, 1f);
    }

    private static long Cells(in HypercolumnLevel level) => (long)level.N * level.H * level.W;
}
