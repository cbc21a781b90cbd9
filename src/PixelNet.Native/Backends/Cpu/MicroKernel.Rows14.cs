using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

// The kernels for machines with 32 vector registers (AVX-512, ARM): 14 x 2 accumulators, 2 registers of B, 1 of A.
// Five row pointers with offsets 0, row and 2*row reach all 14 rows of A in plain base + index addresses.
internal unsafe partial struct MicroKernel
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Wide14<V, S, O>(Panel* panel) where V : unmanaged where S : ISimd<V> where O : ITileOutput
    {
        nint row = panel->ARow, row2 = 2 * row, step = panel->AStep, stepB = panel->BStep;
        V c0a = default, c0b = default, c1a = default, c1b = default, c2a = default, c2b = default, c3a = default;
        V c3b = default, c4a = default, c4b = default, c5a = default, c5b = default, c6a = default, c6b = default;
        V c7a = default, c7b = default, c8a = default, c8b = default, c9a = default, c9b = default, c10a = default;
        V c10b = default, c11a = default, c11b = default, c12a = default, c12b = default, c13a = default, c13b = default;
        for (int segment = 0; segment < panel->Segments; segment++)
        {
            float* b = panel->B + segment * panel->BSegment, p0 = panel->A + segment * panel->ASegment;
            float* p3 = p0 + row + row2, p6 = p3 + row + row2, p9 = p6 + row + row2, p12 = p9 + row + row2;
            for (int t = panel->Count; t > 0; t--)
            {
                V b0 = S.Load(b), b1 = S.Load(b + sizeof(V) / sizeof(float)), x;
                x = S.Splat(p0); c0a = S.MultiplyAdd(x, b0, c0a); c0b = S.MultiplyAdd(x, b1, c0b);
                x = S.Splat(p0 + row); c1a = S.MultiplyAdd(x, b0, c1a); c1b = S.MultiplyAdd(x, b1, c1b);
                x = S.Splat(p0 + row2); c2a = S.MultiplyAdd(x, b0, c2a); c2b = S.MultiplyAdd(x, b1, c2b);
                x = S.Splat(p3); c3a = S.MultiplyAdd(x, b0, c3a); c3b = S.MultiplyAdd(x, b1, c3b);
                x = S.Splat(p3 + row); c4a = S.MultiplyAdd(x, b0, c4a); c4b = S.MultiplyAdd(x, b1, c4b);
                x = S.Splat(p3 + row2); c5a = S.MultiplyAdd(x, b0, c5a); c5b = S.MultiplyAdd(x, b1, c5b);
                x = S.Splat(p6); c6a = S.MultiplyAdd(x, b0, c6a); c6b = S.MultiplyAdd(x, b1, c6b);
                x = S.Splat(p6 + row); c7a = S.MultiplyAdd(x, b0, c7a); c7b = S.MultiplyAdd(x, b1, c7b);
                x = S.Splat(p6 + row2); c8a = S.MultiplyAdd(x, b0, c8a); c8b = S.MultiplyAdd(x, b1, c8b);
                x = S.Splat(p9); c9a = S.MultiplyAdd(x, b0, c9a); c9b = S.MultiplyAdd(x, b1, c9b);
                x = S.Splat(p9 + row); c10a = S.MultiplyAdd(x, b0, c10a); c10b = S.MultiplyAdd(x, b1, c10b);
                x = S.Splat(p9 + row2); c11a = S.MultiplyAdd(x, b0, c11a); c11b = S.MultiplyAdd(x, b1, c11b);
                x = S.Splat(p12); c12a = S.MultiplyAdd(x, b0, c12a); c12b = S.MultiplyAdd(x, b1, c12b);
                x = S.Splat(p12 + row); c13a = S.MultiplyAdd(x, b0, c13a); c13b = S.MultiplyAdd(x, b1, c13b);
                p0 += step; p3 += step; p6 += step; p9 += step; p12 += step; b += stepB;
            }
        }
        Put2<V, S, O>(panel, 0, c0a, c0b);
        Put2<V, S, O>(panel, 1, c1a, c1b);
        Put2<V, S, O>(panel, 2, c2a, c2b);
        Put2<V, S, O>(panel, 3, c3a, c3b);
        Put2<V, S, O>(panel, 4, c4a, c4b);
        Put2<V, S, O>(panel, 5, c5a, c5b);
        Put2<V, S, O>(panel, 6, c6a, c6b);
        Put2<V, S, O>(panel, 7, c7a, c7b);
        Put2<V, S, O>(panel, 8, c8a, c8b);
        Put2<V, S, O>(panel, 9, c9a, c9b);
        Put2<V, S, O>(panel, 10, c10a, c10b);
        Put2<V, S, O>(panel, 11, c11a, c11b);
        Put2<V, S, O>(panel, 12, c12a, c12b);
        Put2<V, S, O>(panel, 13, c13a, c13b);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow14<V, S, O>(Panel* panel) where V : unmanaged where S : ISimd<V> where O : ITileOutput
    {
        nint row = panel->ARow, row2 = 2 * row, step = panel->AStep, stepB = panel->BStep;
        V c0a = default, c1a = default, c2a = default, c3a = default, c4a = default, c5a = default, c6a = default;
        V c7a = default, c8a = default, c9a = default, c10a = default, c11a = default, c12a = default, c13a = default;
        for (int segment = 0; segment < panel->Segments; segment++)
        {
            float* b = panel->B + segment * panel->BSegment, p0 = panel->A + segment * panel->ASegment;
            float* p3 = p0 + row + row2, p6 = p3 + row + row2, p9 = p6 + row + row2, p12 = p9 + row + row2;
            for (int t = panel->Count; t > 0; t--)
            {
                V b0 = S.Load(b), x;
                x = S.Splat(p0); c0a = S.MultiplyAdd(x, b0, c0a);
                x = S.Splat(p0 + row); c1a = S.MultiplyAdd(x, b0, c1a);
                x = S.Splat(p0 + row2); c2a = S.MultiplyAdd(x, b0, c2a);
                x = S.Splat(p3); c3a = S.MultiplyAdd(x, b0, c3a);
                x = S.Splat(p3 + row); c4a = S.MultiplyAdd(x, b0, c4a);
                x = S.Splat(p3 + row2); c5a = S.MultiplyAdd(x, b0, c5a);
                x = S.Splat(p6); c6a = S.MultiplyAdd(x, b0, c6a);
                x = S.Splat(p6 + row); c7a = S.MultiplyAdd(x, b0, c7a);
                x = S.Splat(p6 + row2); c8a = S.MultiplyAdd(x, b0, c8a);
                x = S.Splat(p9); c9a = S.MultiplyAdd(x, b0, c9a);
                x = S.Splat(p9 + row); c10a = S.MultiplyAdd(x, b0, c10a);
                x = S.Splat(p9 + row2); c11a = S.MultiplyAdd(x, b0, c11a);
                x = S.Splat(p12); c12a = S.MultiplyAdd(x, b0, c12a);
                x = S.Splat(p12 + row); c13a = S.MultiplyAdd(x, b0, c13a);
                p0 += step; p3 += step; p6 += step; p9 += step; p12 += step; b += stepB;
            }
        }
        O.Put<V, S>(panel, 0, 0, 1, c0a);
        O.Put<V, S>(panel, 1, 0, 1, c1a);
        O.Put<V, S>(panel, 2, 0, 1, c2a);
        O.Put<V, S>(panel, 3, 0, 1, c3a);
        O.Put<V, S>(panel, 4, 0, 1, c4a);
        O.Put<V, S>(panel, 5, 0, 1, c5a);
        O.Put<V, S>(panel, 6, 0, 1, c6a);
        O.Put<V, S>(panel, 7, 0, 1, c7a);
        O.Put<V, S>(panel, 8, 0, 1, c8a);
        O.Put<V, S>(panel, 9, 0, 1, c9a);
        O.Put<V, S>(panel, 10, 0, 1, c10a);
        O.Put<V, S>(panel, 11, 0, 1, c11a);
        O.Put<V, S>(panel, 12, 0, 1, c12a);
        O.Put<V, S>(panel, 13, 0, 1, c13a);
    }
}
