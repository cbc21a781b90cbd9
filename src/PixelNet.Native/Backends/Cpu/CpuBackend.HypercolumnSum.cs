using System.Numerics;
using System.Runtime.CompilerServices;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// HypercolumnSum: row m of y [M,C] += for each level, the bilinear value of its projected map at sample m. One task = a chunk of samples; a row of y
// is read and written once, all levels' corners are added while it is in registers.
public sealed unsafe partial class CpuBackend
{
    private const int MaxSumLevels = 8;

    /// <inheritdoc/>
    public void HypercolumnSumForward(Tensor y, IReadOnlyList<Tensor> maps, Tensor samples, IReadOnlyList<HypercolumnLevel> levels, int sampleCount, bool relu)
    {
        if (levels.Count > MaxSumLevels) throw new ArgumentException($"the sum of {levels.Count} levels; the cpu backend takes at most {MaxSumLevels}");
        int channels = y.Shape[1];
        var sources = stackalloc SumLevel[levels.Count];
        for (int l = 0; l < levels.Count; l++)
            sources[l] = new() { Level = levels[l], Map = Floats(maps[l], (long)levels[l].N * levels[l].H * levels[l].W * channels) };
        var job = new SumJob
        {
            Y = Floats(y, (long)sampleCount * channels),
            Samples = Elements<int>(samples, sampleCount * 3L),
            Levels = sources,
            LevelCount = levels.Count,
            Channels = channels,
            SampleCount = sampleCount,
            Chunks = Chunks(sampleCount, 64),
            Relu = relu,
        };
        _pool.Run(&SumJob.Run, &job, job.Chunks);
    }

    private struct SumLevel
    {
        public HypercolumnLevel Level;
        public float* Map;
    }

    /// <summary>The corners of one sample on one level, and their weights.</summary>
    private struct SumCorners
    {
        public float* A, B, C, D;
        public float WeightA, WeightB, WeightC, WeightD;

        public static SumCorners Of(in SumLevel source, int* sample, int channels)
        {
            var level = source.Level;
            var (y0, y1, fy) = HypercolumnCoordinates.Map(sample[1], level.Stride, level.H);
            var (x0, x1, fx) = HypercolumnCoordinates.Map(sample[2], level.Stride, level.W);
            float* row0 = source.Map + ((long)sample[0] * level.H + y0) * level.W * channels, row1 = row0 + (long)(y1 - y0) * level.W * channels;
            long left = (long)x0 * channels, right = (long)x1 * channels;
            return new()
            {
                A = row0 + left, B = row0 + right, C = row1 + left, D = row1 + right,
                WeightA = (float)((1 - fy) * (1 - fx)), WeightB = (float)((1 - fy) * fx), WeightC = (float)(fy * (1 - fx)), WeightD = (float)(fy * fx),
            };
        }
    }

    private struct SumJob
    {
        public float* Y;
        public int* Samples;
        public SumLevel* Levels;
        public int LevelCount, Channels, SampleCount, Chunks;
        public bool Relu;

        public static void Run(void* arguments, int task, int worker)
        {
            var job = (SumJob*)arguments;
            var corners = stackalloc SumCorners[MaxSumLevels];
            int start = (int)ChunkStart(job->SampleCount, job->Chunks, task), end = (int)ChunkStart(job->SampleCount, job->Chunks, task + 1);
            for (int m = start; m < end; m++)
            {
                for (int l = 0; l < job->LevelCount; l++) corners[l] = SumCorners.Of(job->Levels[l], job->Samples + 3L * m, job->Channels);
                job->Row(job->Y + (long)m * job->Channels, corners);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Row(float* y, SumCorners* corners)
        {
            int c = 0;
            for (; c <= Channels - Vector<float>.Count; c += Vector<float>.Count)
            {
                var sum = Vector.Load(y + c);
                for (int l = 0; l < LevelCount; l++)
                {
                    var k = corners + l;
                    sum += Vector.Load(k->A + c) * k->WeightA + Vector.Load(k->B + c) * k->WeightB + Vector.Load(k->C + c) * k->WeightC + Vector.Load(k->D + c) * k->WeightD;
                }
                if (Relu) sum = Vector.ConditionalSelect(Vector.LessThan(sum, Vector<float>.Zero), Vector<float>.Zero, sum);
                sum.Store(y + c);
            }
            for (; c < Channels; c++)
            {
                float sum = y[c];
                for (int l = 0; l < LevelCount; l++)
                {
                    var k = corners + l;
                    sum += k->A[c] * k->WeightA + k->B[c] * k->WeightB + k->C[c] * k->WeightC + k->D[c] * k->WeightD;
                }
                y[c] = Relu && sum < 0 ? 0 : sum;
            }
        }
    }
}
