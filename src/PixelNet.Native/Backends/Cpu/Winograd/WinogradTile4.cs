using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// F(4,3), interpolated at 0, 1, -1, 2, -2 and infinity: 36 products instead of 144 for 4x4 outputs. Its constants cost about one decimal digit
/// of float's seven.
/// </summary>
internal readonly unsafe struct WinogradTile4 : IWinogradTile
{
    public static int Outputs => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V, S>(float* from, nint fromStep, float* to, nint toStep) where V : unmanaged where S : ISimd<V>
    {
        V d0 = S.Load(from), d1 = S.Load(from + fromStep), d2 = S.Load(from + 2 * fromStep), d3 = S.Load(from + 3 * fromStep);
        V d4 = S.Load(from + 4 * fromStep), d5 = S.Load(from + 5 * fromStep);
        V four = S.Of(4), minusFour = S.Of(-4), minusFive = S.Of(-5), two = S.Of(2), minusTwo = S.Of(-2);
        V even = S.MultiplyAdd(minusFour, d2, d4), odd = S.MultiplyAdd(minusFour, d1, d3);
        V even2 = S.Subtract(d4, d2), odd2 = S.Subtract(d3, d1);
        S.Store(to, S.MultiplyAdd(four, d0, S.MultiplyAdd(minusFive, d2, d4)));
        S.Store(to + toStep, S.Add(even, odd));
        S.Store(to + 2 * toStep, S.Subtract(even, odd));
        S.Store(to + 3 * toStep, S.MultiplyAdd(two, odd2, even2));
        S.Store(to + 4 * toStep, S.MultiplyAdd(minusTwo, odd2, even2));
        S.Store(to + 5 * toStep, S.MultiplyAdd(four, d1, S.MultiplyAdd(minusFive, d3, d5)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V, S>(float* from, nint fromStep, float* to, nint toStep) where V : unmanaged where S : ISimd<V>
    {
        V m1 = S.Load(from + fromStep), m2 = S.Load(from + 2 * fromStep), m3 = S.Load(from + 3 * fromStep), m4 = S.Load(from + 4 * fromStep);
        V sum1 = S.Add(m1, m2), difference1 = S.Subtract(m1, m2), sum2 = S.Add(m3, m4), difference2 = S.Subtract(m3, m4);
        V y0 = S.Add(S.Add(S.Load(from), sum1), sum2), y3 = S.Add(S.MultiplyAdd(S.Of(8), difference2, difference1), S.Load(from + 5 * fromStep));
        S.Store(to, y0);
        S.Store(to + toStep, S.MultiplyAdd(S.Of(2), difference2, difference1));
        S.Store(to + 2 * toStep, S.MultiplyAdd(S.Of(4), sum2, sum1));
        S.Store(to + 3 * toStep, y3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter<V, S>(float* from, nint fromStep, float* to, nint toStep) where V : unmanaged where S : ISimd<V>
    {
        V g0 = S.Load(from), g1 = S.Load(from + fromStep), g2 = S.Load(from + 2 * fromStep);
        V sixth = S.Of(1f / 6);
        V outer = S.Multiply(S.Of(-1f / 6), S.Add(g0, g2)), inner = S.Multiply(sixth, g1);
        V outer2 = S.MultiplyAdd(S.Of(1f / 24), g0, S.Multiply(sixth, g2)), inner2 = S.Multiply(S.Of(1f / 12), g1);
        S.Store(to, S.Multiply(S.Of(0.25f), g0));
        S.Store(to + toStep, S.Subtract(outer, inner));
        S.Store(to + 2 * toStep, S.Add(outer, inner));
        S.Store(to + 3 * toStep, S.Add(outer2, inner2));
        S.Store(to + 4 * toStep, S.Subtract(outer2, inner2));
        S.Store(to + 5 * toStep, g2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void OutputGradient<V, S>(float* from, nint fromStep, float* to, nint toStep) where V : unmanaged where S : ISimd<V>
    {
        V y0 = S.Load(from), y1 = S.Load(from + fromStep), y2 = S.Load(from + 2 * fromStep), y3 = S.Load(from + 3 * fromStep);
        V even = S.Add(y0, y2), odd = S.Add(y1, y3);
        V even2 = S.MultiplyAdd(S.Of(4), y2, y0), odd2 = S.MultiplyAdd(S.Of(8), y3, S.Multiply(S.Of(2), y1));
        S.Store(to, y0);
        S.Store(to + toStep, S.Add(even, odd));
        S.Store(to + 2 * toStep, S.Subtract(even, odd));
        S.Store(to + 3 * toStep, S.Add(even2, odd2));
        S.Store(to + 4 * toStep, S.Subtract(even2, odd2));
        S.Store(to + 5 * toStep, y3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FilterGradient<V, S>(float* from, nint fromStep, float* to, nint toStep) where V : unmanaged where S : ISimd<V>
    {
        V u1 = S.Load(from + fromStep), u2 = S.Load(from + 2 * fromStep), u3 = S.Load(from + 3 * fromStep), u4 = S.Load(from + 4 * fromStep);
        V sum1 = S.Multiply(S.Of(-1f / 6), S.Add(u1, u2)), sum2 = S.Add(u3, u4);
        V g0 = S.MultiplyAdd(S.Of(0.25f), S.Load(from), S.MultiplyAdd(S.Of(1f / 24), sum2, sum1));
        V g1 = S.MultiplyAdd(S.Of(1f / 12), S.Subtract(u3, u4), S.Multiply(S.Of(1f / 6), S.Subtract(u2, u1)));
        V g2 = S.Add(S.MultiplyAdd(S.Of(1f / 6), sum2, sum1), S.Load(from + 5 * fromStep));
        S.Store(to, g0);
        S.Store(to + toStep, g1);
        S.Store(to + 2 * toStep, g2);
    }
}
