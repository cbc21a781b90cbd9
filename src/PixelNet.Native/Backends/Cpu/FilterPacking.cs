using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// Brings filters into the panels that <see cref="Correlation"/> streams: [panel][depth][width], columns beyond the last one 0.
/// One task packs one panel.
/// </summary>
internal unsafe struct FilterPacking
{
    private const int Block = 128;

    public Conv2dSizes Sizes;
    public MicroKernel Kernel;
    public float* W;
    public float* Packed;

    /// <summary>Forward: column k of depth (r,s,c) is w [K,R,S,C]; tasks: the panels of K.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(void* arguments, int task, int worker)
    {
        var job = (FilterPacking*)arguments;
        var s = job->Sizes;
        int column = task * job->Kernel.Wide, width = job->Kernel.PanelWidth(s.K - column), valid = Math.Min(width, s.K - column);
        int depth = s.R * s.S * s.C;
        float* packed = job->Packed + (long)column * depth;
        // Blocks of the depth, so that the strided writes stay in the L1 cache until their lines are full.
        for (int t0 = 0; t0 < depth; t0 += Block)
        {
            int count = Math.Min(Block, depth - t0);
            int j = 0;
            for (; j <= valid - 4; j += 4) Transpose4(packed + (long)t0 * width + j, job->W + (long)(column + j) * depth + t0, count, width, depth);
            for (; j < width; j++)
            {
                float* destination = packed + (long)t0 * width + j, source = job->W + (long)(column + j) * depth + t0;
                for (int t = 0; t < count; t++, destination += width) *destination = j < valid ? source[t] : 0;
            }
        }
    }

    // destination[t * stride + i] = source[i * row + t], i below 4.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4(float* destination, float* source, int count, int stride, long row)
    {
        float* b = source + row, c = b + row, d = c + row;
        for (int t = 0; t < count; t++, destination += stride) Vector128.Create(source[t], b[t], c[t], d[t]).Store(destination);
    }

    /// <summary>
    /// Input gradient: column c of depth (r,s,k) is w [K,R,S,C] at (k, R-1-r, S-1-s, c); tasks: the panels of C. Sizes are the layer's own.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Flipped(void* arguments, int task, int worker)
    {
        var job = (FilterPacking*)arguments;
        var s = job->Sizes;
        int column = task * job->Kernel.Wide, width = job->Kernel.PanelWidth(s.C - column), valid = Math.Min(width, s.C - column);
        int taps = s.R * s.S;
        float* packed = job->Packed + (long)column * taps * s.K;
        for (int tap = taps - 1; tap >= 0; tap--)
            for (int k = 0; k < s.K; k++, packed += width)
            {
                float* source = job->W + ((long)k * taps + tap) * s.C + column;
                int j = 0;
                for (; j <= valid - Vector<float>.Count; j += Vector<float>.Count) Vector.Load(source + j).Store(packed + j);
                for (; j < width; j++) packed[j] = j < valid ? source[j] : 0;
            }
    }
}
