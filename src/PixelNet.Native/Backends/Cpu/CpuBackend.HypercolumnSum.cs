using System.Numerics;
using System.Runtime.CompilerServices;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// HypercolumnSum: row m of y [M,C] += for each level, the bilinear value of its projected map at sample m. One task = a chunk of samples. Neighbours in a
// row of the image share cells, so a run of them goes in two steps, a block of channels at a time: the cells between two map rows, vertically, into a
// table in the L1 cache; then of each sample two cells of every level, horizontally, while its part of y is in registers. A sample's arithmetic is the
// same in any run.
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

    /// <summary>Two neighbouring cells of a level between two map rows: row 0 of the first, the way to row 1, the weight of row 1, and the cells of the run.</summary>
    private struct SumSpan
    {
        public float* Row;
        public long Down;
        public float Below;
        public int Cells;
    }

    /// <summary>A sample on a level: its two cells in the table, and their weights.</summary>
    private struct SumPoint
    {
        public float* Left, Right;
        public float WeightLeft, WeightRight;
    }

    private struct SumJob
    {
        // A run's table is this many cells by this many channels, 48 KiB at most, and 17 for VGG16's four deep maps.
        private const int MaxRun = 32, MaxCells = 96, Block = 128;

        public float* Y;
        public int* Samples;
        public SumLevel* Levels;
        public int LevelCount, Channels, SampleCount, Chunks;
        public bool Relu;

        public static void Run(void* arguments, int task, int worker)
        {
            var job = (SumJob*)arguments;
            var spans = stackalloc SumSpan[MaxSumLevels];
            var points = stackalloc SumPoint[MaxRun * MaxSumLevels];
            float* table = stackalloc float[MaxCells * Block];
            int start = (int)ChunkStart(job->SampleCount, job->Chunks, task), end = (int)ChunkStart(job->SampleCount, job->Chunks, task + 1);
            while (start < end)
            {
                int count = job->Place(start, Math.Min(end - start, MaxRun), spans, points, table);
                for (int c = 0; c < job->Channels; c += Block)
                {
                    int width = Math.Min(Block, job->Channels - c);
                    job->Lerp(table, spans, c, width);
                    float* y = job->Y + (long)start * job->Channels + c;
                    for (int i = 0; i < count; i++, y += job->Channels) job->Add(y, points + i * job->LevelCount, width);
                }
                start += count;
            }
        }

        /// <summary>Finds the cells of a run that begins with a sample; returns how many samples, in one row of the image and left to right, it has.</summary>
        private readonly int Place(int start, int most, SumSpan* spans, SumPoint* points, float* table)
        {
            int* first = Samples + 3L * start;
            int count = 1;
            while (count < most && first[3 * count] == first[0] && first[3 * count + 1] == first[1] && first[3 * count + 2] - first[3 * count - 1] is 0 or 1) count++;
            while (Cells(first[2], first[3 * count - 1]) > MaxCells) count--;
            for (int l = 0; l < LevelCount; l++)
            {
                var level = Levels[l].Level;
                var (y0, y1, fy) = HypercolumnCoordinates.Map(first[1], level.Stride, level.H);
                int column = HypercolumnCoordinates.Map(first[2], level.Stride, level.W).First;
                spans[l] = new()
                {
                    Row = Levels[l].Map + (((long)first[0] * level.H + y0) * level.W + column) * Channels,
                    Down = (long)(y1 - y0) * level.W * Channels,
                    Below = (float)fy,
                    Cells = HypercolumnCoordinates.Map(first[3 * count - 1], level.Stride, level.W).Second + 1 - column,
                };
                for (int i = 0; i < count; i++)
                {
                    var (x0, x1, fx) = HypercolumnCoordinates.Map(first[3 * i + 2], level.Stride, level.W);
                    points[i * LevelCount + l] = new() { Left = table + (x0 - column) * Block, Right = table + (x1 - column) * Block, WeightLeft = (float)(1 - fx), WeightRight = (float)fx };
                }
                table += spans[l].Cells * Block;
            }
            return count;
        }

        private readonly int Cells(int firstX, int lastX)
        {
            int cells = 0;
            for (int l = 0; l < LevelCount; l++)
            {
                var level = Levels[l].Level;
                cells += HypercolumnCoordinates.Map(lastX, level.Stride, level.W).Second + 1 - HypercolumnCoordinates.Map(firstX, level.Stride, level.W).First;
            }
            return cells;
        }

        /// <summary>The cells of all levels, channels column .. column + width - 1, between their map rows.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Lerp(float* table, SumSpan* spans, int column, int width)
        {
            for (int l = 0; l < LevelCount; l++)
            {
                float* a = spans[l].Row + column;
                float below = spans[l].Below, above = 1 - below;
                var (wa, wb) = (new Vector<float>(above), new Vector<float>(below));
                for (int cell = spans[l].Cells; cell > 0; cell--, a += Channels, table += Block)
                {
                    float* b = a + spans[l].Down;
                    int c = 0;
                    for (; c <= width - Vector<float>.Count; c += Vector<float>.Count)
                        Vector.MultiplyAddEstimate(Vector.Load(b + c), wb, Vector.Load(a + c) * wa).Store(table + c);
                    for (; c < width; c++) table[c] = a[c] * above + b[c] * below;
                }
            }
        }

        /// <summary>Adds the levels' values at a sample to its channels.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Add(float* y, SumPoint* points, int width)
        {
            int c = 0, v = Vector<float>.Count;
            for (; c <= width - 4 * v; c += 4 * v)
            {
                float* to = y + c;
                Vector<float> s0 = Vector.Load(to), s1 = Vector.Load(to + v), s2 = Vector.Load(to + 2 * v), s3 = Vector.Load(to + 3 * v);
                for (int l = 0; l < LevelCount; l++)
                {
                    float* left = points[l].Left + c, right = points[l].Right + c;
                    var (wl, wr) = (new Vector<float>(points[l].WeightLeft), new Vector<float>(points[l].WeightRight));
                    s0 = Vector.MultiplyAddEstimate(Vector.Load(right), wr, Vector.MultiplyAddEstimate(Vector.Load(left), wl, s0));
                    s1 = Vector.MultiplyAddEstimate(Vector.Load(right + v), wr, Vector.MultiplyAddEstimate(Vector.Load(left + v), wl, s1));
                    s2 = Vector.MultiplyAddEstimate(Vector.Load(right + 2 * v), wr, Vector.MultiplyAddEstimate(Vector.Load(left + 2 * v), wl, s2));
                    s3 = Vector.MultiplyAddEstimate(Vector.Load(right + 3 * v), wr, Vector.MultiplyAddEstimate(Vector.Load(left + 3 * v), wl, s3));
                }
                Rectified(s0).Store(to);
                Rectified(s1).Store(to + v);
                Rectified(s2).Store(to + 2 * v);
                Rectified(s3).Store(to + 3 * v);
            }
            for (; c <= width - v; c += v)
            {
                var sum = Vector.Load(y + c);
                for (int l = 0; l < LevelCount; l++)
                    sum = Vector.MultiplyAddEstimate(Vector.Load(points[l].Right + c), new(points[l].WeightRight), Vector.MultiplyAddEstimate(Vector.Load(points[l].Left + c), new(points[l].WeightLeft), sum));
                Rectified(sum).Store(y + c);
            }
            for (; c < width; c++)
            {
                float sum = y[c];
                for (int l = 0; l < LevelCount; l++) sum += points[l].Left[c] * points[l].WeightLeft + points[l].Right[c] * points[l].WeightRight;
                y[c] = Relu && sum < 0 ? 0 : sum;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly Vector<float> Rectified(Vector<float> sum) => Relu ? Vector.ConditionalSelect(Vector.LessThan(sum, Vector<float>.Zero), Vector<float>.Zero, sum) : sum;
    }
}
