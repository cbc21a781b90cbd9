using System.Numerics;
using System.Runtime.CompilerServices;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// Hypercolumn: row m of x [M,D] = for each level, the bilinear value of its map at sample m (HypercolumnCoordinates), standardised where
// asked. Forward: one task = a chunk of samples, whole channel runs of the four corners. Backward: one task = a range of cells, each
// of which sums what its samples send it in the order of the cell list. A gradient that is overwritten is written past the caches: it is mostly
// zeros, and would push out the maps and gradients that are read.
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void HypercolumnForward(Tensor x, IReadOnlyList<Tensor> maps, Tensor samples, Tensor? mean, Tensor? inverseDeviation,
        IReadOnlyList<HypercolumnLevel> levels, int sampleCount)
    {
        int width = x.Shape[1];
        var job = new GatherJob
        {
            X = Floats(x, (long)sampleCount * width),
            Width = width,
            Samples = Elements<int>(samples, sampleCount * 3L),
            SampleCount = sampleCount,
            Chunks = Chunks(sampleCount, 64),
            Mean = Floats(mean, width, optional: true),
            Inverse = Floats(inverseDeviation, width, optional: true),
        };
        for (int i = 0; i < levels.Count; i++)
        {
            job.Level = levels[i];
            job.Map = Floats(maps[i], (long)job.Level.N * job.Level.H * job.Level.W * job.Level.C);
            _pool.Run(&GatherJob.Run, &job, job.Chunks);
        }
    }

    /// <inheritdoc/>
    public void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation,
        in HypercolumnLevel level, int sampleCount, GradientMode mode)
    {
        int width = dX.Shape[1];
        long cellCount = (long)level.N * level.H * level.W;
        var job = new ScatterJob
        {
            Level = level,
            Map = Floats(dMap, cellCount * level.C),
            X = Floats(dX, (long)sampleCount * width),
            Width = width,
            CellCount = cellCount,
            Chunks = Chunks(cellCount * level.C, 1 << 13, 256),
            Touched = Elements<int>(cells.Counts, 2)[0],
            Cells = cells.Cells.Pointer<int>(),
            Starts = cells.Starts.Pointer<int>(),
            Samples = cells.Samples.Pointer<int>(),
            Weights = cells.Weights.Pointer<float>(),
            Activation = Floats(activation, cellCount * level.C, optional: true),
            Inverse = Floats(inverseDeviation, width, optional: true),
            Accumulate = mode == GradientMode.Accumulate,
        };
        _pool.Run(&ScatterJob.Run, &job, job.Chunks);
    }

    private struct GatherJob
    {
        public HypercolumnLevel Level;
        public float* X, Map, Mean, Inverse;
        public int* Samples;
        public int Width, SampleCount, Chunks;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Run(void* arguments, int task, int worker)
        {
            var job = (GatherJob*)arguments;
            var level = job->Level;
            int start = (int)ChunkStart(job->SampleCount, job->Chunks, task), end = (int)ChunkStart(job->SampleCount, job->Chunks, task + 1);
            float* mean = job->Mean == null ? null : job->Mean + level.Column, inverse = job->Inverse == null ? null : job->Inverse + level.Column;
            for (int m = start; m < end; m++)
            {
                int* sample = job->Samples + 3L * m;
                var (y0, y1, fy) = HypercolumnCoordinates.Map(sample[1], level.Stride, level.H);
                var (x0, x1, fx) = HypercolumnCoordinates.Map(sample[2], level.Stride, level.W);
                float* row0 = job->Map + ((long)sample[0] * level.H + y0) * level.W * level.C, row1 = row0 + (long)(y1 - y0) * level.W * level.C;
                long left = (long)x0 * level.C, right = (long)x1 * level.C;
                float* destination = job->X + (long)m * job->Width + level.Column;
                if (fy == 0 && fx == 0) Buffer.MemoryCopy(row0 + left, destination, level.C * sizeof(float), level.C * sizeof(float));
                else
                    Mix(destination, row0 + left, row0 + right, row1 + left, row1 + right,
                        (float)((1 - fy) * (1 - fx)), (float)((1 - fy) * fx), (float)(fy * (1 - fx)), (float)(fy * fx), level.C);
                Standardize(destination, mean, inverse, level.C);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Mix(float* destination, float* a, float* b, float* c, float* d, float wa, float wb, float wc, float wd, int count)
        {
            int i = 0;
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
                (Vector.Load(a + i) * wa + Vector.Load(b + i) * wb + Vector.Load(c + i) * wc + Vector.Load(d + i) * wd).Store(destination + i);
            for (; i < count; i++) destination[i] = a[i] * wa + b[i] * wb + c[i] * wc + d[i] * wd;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Standardize(float* x, float* mean, float* inverse, int count)
        {
            if (mean == null && inverse == null) return;
            for (int i = 0; i < count; i++) x[i] = (x[i] - (mean == null ? 0 : mean[i])) * (inverse == null ? 1 : inverse[i]);
        }
    }

    private struct ScatterJob
    {
        public HypercolumnLevel Level;
        public float* Map, X, Weights, Activation, Inverse;
        public int* Cells, Starts, Samples;
        public int Width, Touched, Chunks;
        public long CellCount;
        public bool Accumulate;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Run(void* arguments, int task, int worker)
        {
            var job = (ScatterJob*)arguments;
            int channels = job->Level.C;
            int cell = (int)ChunkStart(job->CellCount, job->Chunks, task), end = (int)ChunkStart(job->CellCount, job->Chunks, task + 1);
            int next = FirstAtLeast(job->Cells, job->Touched, cell);
            while (cell < end)
            {
                int stop = next < job->Touched ? Math.Min(job->Cells[next], end) : end;
                if (stop > cell) job->Untouched(cell, stop);
                cell = stop;
                if (cell < end)
                {
                    job->Gather(cell, job->Starts[next], job->Starts[next + 1]);
                    next++;
                    cell++;
                }
            }
        }

        private readonly void Untouched(int start, int end)
        {
            long first = (long)start * Level.C, count = (long)(end - start) * Level.C;
            if (!Accumulate) Clear(Map + first, count);
            else if (Activation != null) Mask(Map + first, Activation + first, count);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Clear(float* values, long count)
        {
            long i = 0;
            for (; i < count && !IsAligned(values + i); i++) values[i] = 0;
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count) Vector<float>.Zero.StoreAlignedNonTemporal(values + i);
            for (; i < count; i++) values[i] = 0;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Gather(int cell, int start, int end)
        {
            float* map = Map + (long)cell * Level.C;
            float* column = X + Level.Column;
            bool stream = !Accumulate && IsAligned(map);
            int c = 0, v = Vector<float>.Count;
            for (; c <= Level.C - 4 * v; c += 4 * v)
            {
                var (sum0, sum1, sum2, sum3) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
                for (int e = start; e < end; e++)
                {
                    float* x = column + (long)Samples[e] * Width + c;
                    var weight = new Vector<float>(Weights[e]);
                    sum0 += Vector.Load(x) * weight;
                    sum1 += Vector.Load(x + v) * weight;
                    sum2 += Vector.Load(x + 2 * v) * weight;
                    sum3 += Vector.Load(x + 3 * v) * weight;
                }
                Put(map, c, sum0, stream);
                Put(map, c + v, sum1, stream);
                Put(map, c + 2 * v, sum2, stream);
                Put(map, c + 3 * v, sum3, stream);
            }
            for (; c <= Level.C - v; c += v)
            {
                var sum = Vector<float>.Zero;
                for (int e = start; e < end; e++) sum += Vector.Load(column + (long)Samples[e] * Width + c) * Weights[e];
                Put(map, c, sum, stream);
            }
            for (; c < Level.C; c++)
            {
                float sum = 0;
                for (int e = start; e < end; e++) sum += column[(long)Samples[e] * Width + c] * Weights[e];
                if (Inverse != null) sum *= Inverse[Level.Column + c];
                if (Accumulate) sum += map[c];
                map[c] = Activation == null || Activation[map + c - Map] > 0 ? sum : 0;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly void Put(float* map, int c, Vector<float> sum, bool stream)
        {
            if (Inverse != null) sum *= Vector.Load(Inverse + Level.Column + c);
            if (Accumulate) sum += Vector.Load(map + c);
            if (Activation != null) sum = Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(Activation + (map + c - Map)), Vector<float>.Zero), sum, Vector<float>.Zero);
            if (stream) sum.StoreAlignedNonTemporal(map + c);
            else sum.Store(map + c);
        }

        private static bool IsAligned(float* p) => (nuint)p % (nuint)sizeof(Vector<float>) == 0;

        private static void Mask(float* values, float* activation, long count)
        {
            long i = 0;
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
                Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(activation + i), Vector<float>.Zero), Vector.Load(values + i), Vector<float>.Zero)
                    .Store(values + i);
            for (; i < count; i++)
                if (!(activation[i] > 0)) values[i] = 0;
        }

        private static int FirstAtLeast(int* cells, int count, int cell)
        {
            int low = 0;
            while (low < count)
            {
                int middle = (low + count) / 2;
                if (cells[middle] < cell) low = middle + 1;
                else count = middle;
            }
            return low;
        }
    }
}
