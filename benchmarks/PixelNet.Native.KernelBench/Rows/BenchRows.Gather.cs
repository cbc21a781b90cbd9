using PixelNet.Native.Backends;
using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.KernelBench.Measurement;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.KernelBench.Rows;

// The hypercolumn's gather and its gradient. A: a training step of 5 x 224 x 224; B, C: full-size images; A6: with fc7.
internal sealed partial class BenchRows
{
    private static readonly int[] TapChannels = [64, 128, 256, 512, 512, 4096];

    private IEnumerable<BenchRow> Gather()
    {
        foreach (var (name, images, height, width, pixels, taps) in ((string, int, int, int, int, int)[])
                 [("A", 5, 224, 224, 2000, 5), ("B", 1, 1024, 2048, 2000, 5), ("C", 1, 1024, 2048, 10000, 5), ("A6", 5, 224, 224, 2000, 6)])
        {
            var shape = new GatherShape(Pick(images, 2), Pick(height, 32), Pick(width, 48), Pick(pixels, 15), taps, tiny ? 32 : 1);
            yield return new($"gather {name} forward", $"{shape}", [HypercolumnKernels.Forward], (memory, backend) => GatherForward(memory, backend, shape));
            yield return new($"gather {name} backward", $"{shape}", [HypercolumnKernels.Backward], (memory, backend) => GatherBackward(memory, backend, shape, GradientMode.Overwrite, masked: false))
            {
                Extras = [("hypercolumn_backward_atomic_v1", (memory, backend, launcher) => GatherAtomic(memory, backend, launcher, shape))],
                NotDeterministic = ["hypercolumn_backward_atomic_v1"],
            };
            if (name == "A")
                yield return new("gather A backward, added and masked", $"{shape}", [HypercolumnKernels.Backward], (memory, backend) => GatherBackward(memory, backend, shape, GradientMode.Accumulate, masked: true));
        }
    }

    private static (Action, Work) GatherForward(RowMemory memory, CudaBackend backend, GatherShape shape)
    {
        var batch = shape.Batch();
        Tensor[] maps = [.. shape.Levels.Select((level, i) => memory.Rectified($"map {i}", MapShape(level)))];
        var samples = memory.Ints("samples", batch.Samples);
        var x = memory.Output("x", new Shape(shape.M, shape.Columns));
        double corners = shape.Levels.Sum(level => (level.Stride == 1 ? 4.0 : 16.0) * shape.M * level.C);
        double distinct = shape.Levels.Select((level, i) => 4.0 * level.C * batch.Cells[i].Counts[0]).Sum();
        return (() => backend.HypercolumnForward(x, maps, samples, null, null, shape.Levels, shape.M),
            new Work(shape.Flop, distinct + x.ByteLength + samples.ByteLength, corners + x.ByteLength));
    }

    private static (Action, Work) GatherBackward(RowMemory memory, CudaBackend backend, GatherShape shape, GradientMode mode, bool masked)
    {
        var batch = shape.Batch();
        var dX = memory.Normal("dX", new Shape(shape.M, shape.Columns));
        Tensor[] maps = masked ? [.. shape.Levels.Select((level, i) => memory.Rectified($"map {i}", MapShape(level)))] : [];
        Tensor[] gradients = [.. shape.Levels.Select((level, i) => mode == GradientMode.Overwrite ? memory.Output($"dMap {i}", MapShape(level)) : memory.Accumulated($"dMap {i}", MapShape(level)))];
        CellList[] cells = [.. batch.Cells.Select((list, i) => new CellList(memory.Ints($"counts {i}", list.Counts), memory.Ints($"cells {i}", list.Cells),
            memory.Ints($"starts {i}", list.Starts), memory.Ints($"samples {i}", list.Samples), memory.Floats($"weights {i}", list.Weights)))];
        double map = gradients.Sum(gradient => gradient.ByteLength), lists = cells.Sum(list => list.Cells.ByteLength + list.Starts.ByteLength + list.Samples.ByteLength + list.Weights.ByteLength);
        return (() =>
        {
            for (int l = 0; l < cells.Length; l++) backend.HypercolumnBackward(gradients[l], dX, cells[l], masked ? maps[l] : null, null, shape.Levels[l], shape.M, mode);
        }, new Work(shape.Flop, dX.ByteLength + lists + (masked ? 3 * map : map)));
    }

    private static Action GatherAtomic(RowMemory memory, CudaBackend backend, KernelLauncher launcher, GatherShape shape)
    {
        var dX = memory.Normal("dX", new Shape(shape.M, shape.Columns));
        var samples = memory.Ints("samples", shape.Batch().Samples);
        Tensor[] gradients = [.. shape.Levels.Select((level, i) => memory.Output($"dMap {i}", MapShape(level)))];
        var kernel = HypercolumnKernels.BackwardAtomic.Find("hypercolumn_backward_atomic_v1")!;
        return () =>
        {
            for (int l = 0; l < gradients.Length; l++)
            {
                backend.Fill(gradients[l], 0);
                launcher.Launch(kernel, (shape.M, shape.Levels[l].C), Address(gradients[l]), Address(dX), Address(samples), 0ul, KernelArgument.Value(shape.Levels[l]), shape.Columns);
            }
        };
    }

    private static Shape MapShape(in HypercolumnLevel level) => new(level.N, level.H, level.W, level.C);

    private static ulong Address(Tensor tensor) => ((Cuda.Runtime.CudaBuffer)tensor.Buffer).DevicePointer + (ulong)tensor.ByteOffset;

    /// <summary>Images, their sampled pixels, and the tapped maps.</summary>
    private sealed record GatherShape(int Images, int Height, int Width, int Pixels, int Taps, int Narrow)
    {
        private HostBatch? _batch;

        public int M => Images * Pixels;

        public HypercolumnLevel[] Levels { get; } = LevelsOf(Images, Height, Width, [.. TapChannels.Take(Taps).Select(c => Math.Max(1, c / Narrow))]);

        public int Columns => Levels.Sum(level => level.C);

        public double Flop => 8.0 * M * Levels.Where(level => level.Stride > 1).Sum(level => level.C);

        /// <summary>Pixels at random in raster order, as the sampler gives them, and their cell lists: the same each time.</summary>
        public HostBatch Batch() => _batch ??= Draw();

        private HostBatch Draw()
        {
            var batch = new HostBatch(new NormalizeSizes(Images, Height, Width), M, Levels);
            var random = new PhiloxStream(2, RandomPurpose.Pixels, 0, 0);
            for (int n = 0, m = 0; n < Images; n++)
            {
                var chosen = new SortedSet<int>();
                while (chosen.Count < Pixels) chosen.Add(random.NextInt(Height * Width));
                foreach (int pixel in chosen)
                {
                    (batch.Samples[3 * m], batch.Samples[3 * m + 1], batch.Samples[3 * m + 2]) = (n, pixel / Width, pixel % Width);
                    batch.Targets[m++] = random.NextInt(Classes);
                }
            }
            foreach (var cells in batch.Cells) cells.Build(batch.Samples);
            return batch;
        }

        public override string ToString() => $"{Images}x{Height}x{Width}, {Pixels} pixels each, {Taps} maps, D {Columns}";

        private static HypercolumnLevel[] LevelsOf(int images, int height, int width, int[] channels)
        {
            int column = 0;
            return [.. channels.Select((c, i) => new HypercolumnLevel(images, height >> i, width >> i, c, 1 << i, (column += c) - c))];
        }
    }
}
