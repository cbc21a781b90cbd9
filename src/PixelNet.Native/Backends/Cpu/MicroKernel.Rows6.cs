using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

// The kernels for machines with 16 vector registers (AVX2, SSE) and for none: 6 x 2 accumulators, 2 registers of B, 1 of A.
internal unsafe partial struct MicroKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide6<V, S, O>(Panel* panel) where V : unmanaged where S : ISimd<V> where O : ITileOutput
    {
        nint row = panel->ARow, row2 = 2 * row, step = panel->AStep, stepB = panel->BStep;
        V c0a = default, c0b = default, c1a = default, c1b = default, c2a = default, c2b = default;
        V c3a = default, c3b = default, c4a = default, c4b = default, c5a = default, c5b = default;
        for (int segment = 0; segment < panel->Segments; segment++)
        {
            float* b = panel->B + segment * panel->BSegment, p0 = panel->A + segment * panel->ASegment;
            float* p3 = p0 + row + row2;
            for (int t = panel->Count; t > 0; t--)
            {
                V b0 = S.Load(b), b1 = S.Load(b + sizeof(V) / sizeof(float)), x;
                x = S.Splat(p0); c0a = S.MultiplyAdd(x, b0, c0a); c0b = S.MultiplyAdd(x, b1, c0b);
                x = S.Splat(p0 + row); c1a = S.MultiplyAdd(x, b0, c1a); c1b = S.MultiplyAdd(x, b1, c1b);
                x = S.Splat(p0 + row2); c2a = S.MultiplyAdd(x, b0, c2a); c2b = S.MultiplyAdd(x, b1, c2b);
                x = S.Splat(p3); c3a = S.MultiplyAdd(x, b0, c3a); c3b = S.MultiplyAdd(x, b1, c3b);
                x = S.Splat(p3 + row); c4a = S.MultiplyAdd(x, b0, c4a); c4b = S.MultiplyAdd(x, b1, c4b);
                x = S.Splat(p3 + row2); c5a = S.MultiplyAdd(x, b0, c5a); c5b = S.MultiplyAdd(x, b1, c5b);
                p0 += step; p3 += step; b += stepB;
            }
        }
        Put2<V, S, O>(panel, 0, c0a, c0b);
        Put2<V, S, O>(panel, 1, c1a, c1b);
        Put2<V, S, O>(panel, 2, c2a, c2b);
        Put2<V, S, O>(panel, 3, c3a, c3b);
        Put2<V, S, O>(panel, 4, c4a, c4b);
        Put2<V, S, O>(panel, 5, c5a, c5b);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow6<V, S, O>(Panel* panel) where V : unmanaged where S : ISimd<V> where O : ITileOutput
    {
        nint row = panel->ARow, row2 = 2 * row, step = panel->AStep, stepB = panel->BStep;
        V c0a = default, c1a = default, c2a = default, c3a = default, c4a = default, c5a = default;
        for (int segment = 0; segment < panel->Segments; segment++)
        {
            float* b = panel->B + segment * panel->BSegment, p0 = panel->A + segment * panel->ASegment;
            float* p3 = p0 + row + row2;
            for (int t = panel->Count; t > 0; t--)
            {
                V b0 = S.Load(b), x;
                x = S.Splat(p0); c0a = S.MultiplyAdd(x, b0, c0a);
                x = S.Splat(p0 + row); c1a = S.MultiplyAdd(x, b0, c1a);
                x = S.Splat(p0 + row2); c2a = S.MultiplyAdd(x, b0, c2a);
                x = S.Splat(p3); c3a = S.MultiplyAdd(x, b0, c3a);
                x = S.Splat(p3 + row); c4a = S.MultiplyAdd(x, b0, c4a);
                x = S.Splat(p3 + row2); c5a = S.MultiplyAdd(x, b0, c5a);
                p0 += step; p3 += step; b += stepB;
            }
        }
        O.Put<V, S>(panel, 0, 0, 1, c0a);
        O.Put<V, S>(panel, 1, 0, 1, c1a);
        O.Put<V, S>(panel, 2, 0, 1, c2a);
        O.Put<V, S>(panel, 3, 0, 1, c3a);
        O.Put<V, S>(panel, 4, 0, 1, c4a);
        O.Put<V, S>(panel, 5, 0, 1, c5a);
    }
}
