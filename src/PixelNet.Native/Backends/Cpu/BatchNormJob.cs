using System.Numerics;
using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// The four passes of batch normalisation over [Rows,C]. A task takes a chunk of rows. Sums run down a column of registers for at most
/// <see cref="BlockRows"/> rows in float and are then added to the chunk's double sums, [chunk][2][C].
/// </summary>
internal unsafe struct BatchNormJob
{
    private const int BlockRows = 64;
    private const int ChunkElements = 1 << 14;
    private const int MaxChunks = 64;

    public float* X, Y, DY, DX;
    public bool Relu;

    /// <summary>Per channel, [C] each: see the formulas in the passes.</summary>
    public float* Mean, Inverse, Scale, Offset, Slope;

    /// <summary>Chunks of rows, by the shape alone.</summary>
    public int Chunks;

    private readonly BatchNormSizes _sizes;
    private readonly double* _sums;

    /// <summary>Lays the sums and the channel arrays out in the workspace.</summary>
    public BatchNormJob(in BatchNormSizes sizes, byte* workspace)
    {
        _sizes = sizes;
        Chunks = ChunksOf(sizes);
        _sums = (double*)workspace;
        Mean = (float*)(_sums + (long)Chunks * 2 * sizes.C);
        Inverse = Mean + sizes.C;
        Scale = Inverse + sizes.C;
        Offset = Scale + sizes.C;
        Slope = Offset + sizes.C;
    }

    /// <summary>The two sums of all chunks [C], valid after <see cref="AddChunks"/>.</summary>
    public readonly double* Sum0 => _sums;

    /// <summary>The second sum.</summary>
    public readonly double* Sum1 => _sums + _sizes.C;

    public static long WorkspaceBytes(in BatchNormSizes sizes) =>
        (long)ChunksOf(sizes) * 2 * sizes.C * sizeof(double) + 5L * sizes.C * sizeof(float);

    /// <summary>Adds the chunks' sums, in order, into the first one's place.</summary>
    public readonly void AddChunks()
    {
        int length = 2 * _sizes.C;
        for (int chunk = 1; chunk < Chunks; chunk++)
            for (int i = 0; i < length; i++) _sums[i] += _sums[(long)chunk * length + i];
    }

    /// <summary>Sum of x - shift and of its square, shift = the channel's first value.</summary>
    public static void RunStatistics(void* arguments, int task, int worker) => ((BatchNormJob*)arguments)->Sum(task, gradient: false);

    /// <summary>Sum of dy and of dy*xhat, xhat = (x - mean)*inverse, dy = 0 where the ReLU cut.</summary>
    public static void RunGradientSums(void* arguments, int task, int worker) => ((BatchNormJob*)arguments)->Sum(task, gradient: true);

    private readonly void Sum(int chunk, bool gradient)
    {
        int channels = _sizes.C;
        double* sum0 = _sums + (long)chunk * 2 * channels, sum1 = sum0 + channels;
        new Span<double>(sum0, 2 * channels).Clear();
        int start = First(chunk), end = First(chunk + 1);
        for (int row = start; row < end; row += BlockRows)
        {
            int rows = Math.Min(BlockRows, end - row);
            int c = 0, v = Vector<float>.Count;
            for (; c <= channels - 2 * v; c += 2 * v)
                if (gradient) GradientBlock(row, rows, c, sum0 + c, sum1 + c);
                else StatisticsBlock(row, rows, c, sum0 + c, sum1 + c);
            for (; c < channels; c++)
            {
                float a = 0, b = 0;
                for (int r = row; r < row + rows; r++)
                {
                    long i = (long)r * channels + c;
                    float first = gradient ? Y == null || Y[i] > 0 ? DY[i] : 0 : X[i] - X[c];
                    a += first;
                    b += first * (gradient ? (X[i] - Mean[c]) * Inverse[c] : first);
                }
                sum0[c] += a;
                sum1[c] += b;
            }
        }
    }

    /// <summary>Two registers of channels at a time, so that four sums are under way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void StatisticsBlock(int row, int rows, int c, double* sum, double* square)
    {
        int v = Vector<float>.Count, stride = _sizes.C;
        Vector<float> shift0 = Vector.Load(X + c), shift1 = Vector.Load(X + c + v);
        Vector<float> a0 = default, a1 = default, b0 = default, b1 = default;
        float* x = X + (long)row * stride + c;
        for (; rows > 0; rows--, x += stride)
        {
            Vector<float> x0 = Vector.Load(x) - shift0, x1 = Vector.Load(x + v) - shift1;
            a0 += x0;
            a1 += x1;
            b0 += x0 * x0;
            b1 += x1 * x1;
        }
        AddTo(sum, a0);
        AddTo(sum + v, a1);
        AddTo(square, b0);
        AddTo(square + v, b1);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void GradientBlock(int row, int rows, int c, double* sum, double* product)
    {
        int v = Vector<float>.Count, stride = _sizes.C;
        Vector<float> mean0 = Vector.Load(Mean + c), mean1 = Vector.Load(Mean + c + v);
        Vector<float> inverse0 = Vector.Load(Inverse + c), inverse1 = Vector.Load(Inverse + c + v);
        Vector<float> a0 = default, a1 = default, b0 = default, b1 = default;
        long start = (long)row * stride + c;
        float* x = X + start, dy = DY + start, y = Y == null ? null : Y + start;
        for (; rows > 0; rows--, x += stride, dy += stride)
        {
            Vector<float> d0 = Vector.Load(dy), d1 = Vector.Load(dy + v);
            if (y != null)
            {
                d0 = Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(y), Vector<float>.Zero), d0, Vector<float>.Zero);
                d1 = Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(y + v), Vector<float>.Zero), d1, Vector<float>.Zero);
                y += stride;
            }
            a0 += d0;
            a1 += d1;
            b0 += d0 * ((Vector.Load(x) - mean0) * inverse0);
            b1 += d1 * ((Vector.Load(x + v) - mean1) * inverse1);
        }
        AddTo(sum, a0);
        AddTo(sum + v, a1);
        AddTo(product, b0);
        AddTo(product + v, b1);
    }

    /// <summary>y = relu?((x - mean)*scale + offset).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunNormalize(void* arguments, int task, int worker)
    {
        var job = (BatchNormJob*)arguments;
        int channels = job->_sizes.C;
        long start = (long)job->First(task) * channels, end = (long)job->First(task + 1) * channels;
        float* x = job->X + start, y = job->Y + start, mean = job->Mean, scale = job->Scale, offset = job->Offset;
        bool relu = job->Relu;
        for (long i = start; i < end; i += channels, x += channels, y += channels)
        {
            int c = 0;
            for (; c <= channels - Vector<float>.Count; c += Vector<float>.Count)
            {
                var v = (Vector.Load(x + c) - Vector.Load(mean + c)) * Vector.Load(scale + c) + Vector.Load(offset + c);
                if (relu) v = Vector.ConditionalSelect(Vector.LessThan(v, Vector<float>.Zero), Vector<float>.Zero, v);
                v.Store(y + c);
            }
            for (; c < channels; c++)
            {
                float v = (x[c] - mean[c]) * scale[c] + offset[c];
                y[c] = relu && v < 0 ? 0 : v;
            }
        }
    }

    /// <summary>dx = scale*(dy - offset - (x - mean)*slope), dy = 0 where the ReLU cut.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunGradient(void* arguments, int task, int worker)
    {
        var job = (BatchNormJob*)arguments;
        int channels = job->_sizes.C;
        long start = (long)job->First(task) * channels, end = (long)job->First(task + 1) * channels;
        float* x = job->X + start, dy = job->DY + start, dx = job->DX + start, y = job->Y == null ? null : job->Y + start;
        float* mean = job->Mean, scale = job->Scale, offset = job->Offset, slope = job->Slope;
        for (long i = start; i < end; i += channels, x += channels, dy += channels, dx += channels)
        {
            int c = 0;
            for (; c <= channels - Vector<float>.Count; c += Vector<float>.Count)
            {
                var v = Vector.Load(dy + c);
                if (y != null) v = Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(y + c), Vector<float>.Zero), v, Vector<float>.Zero);
                v = Vector.Load(scale + c) * (v - Vector.Load(offset + c) - (Vector.Load(x + c) - Vector.Load(mean + c)) * Vector.Load(slope + c));
                v.Store(dx + c);
            }
            for (; c < channels; c++)
            {
                float v = y == null || y[c] > 0 ? dy[c] : 0;
                dx[c] = scale[c] * (v - offset[c] - (x[c] - mean[c]) * slope[c]);
            }
            if (y != null) y += channels;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTo(double* sum, Vector<float> value)
    {
        Vector.Widen(value, out var low, out var high);
        (Vector.Load(sum) + low).Store(sum);
        (Vector.Load(sum + Vector<double>.Count) + high).Store(sum + Vector<double>.Count);
    }

    private readonly int First(int chunk) => (int)((long)_sizes.Rows * chunk / Chunks);

    private static int ChunksOf(in BatchNormSizes sizes) =>
        (int)Math.Clamp((long)sizes.Rows * sizes.C / ChunkElements, 1, Math.Min(MaxChunks, Math.Max(sizes.Rows, 1)));
}
