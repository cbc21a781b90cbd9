using System.Numerics;
using System.Runtime.CompilerServices;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>A function of one lane.</summary>
internal interface ILane1<TA, TR>
{
    static abstract TR Apply(TA a);
}

/// <inheritdoc cref="ILane1{TA,TR}"/>
internal interface ILane2<TA, TB, TR>
{
    static abstract TR Apply(TA a, TB b);
}

/// <inheritdoc cref="ILane1{TA,TR}"/>
internal interface ILane3<TA, TB, TC, TR>
{
    static abstract TR Apply(TA a, TB b, TC c);
}

/// <summary>
/// A lane function applied lane by lane, for whatever has no vector form. A lane occupies 4 bytes in a row, 8 for 64-bit types; narrower values
/// lie in its low bytes and what is above them is never read.
/// </summary>
internal static unsafe class Lanes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ref T At<T>(byte* row, int lane) where T : unmanaged => ref *(T*)(row + (lane * (sizeof(T) == 8 ? 8 : 4)));

    /// <summary>Writes a lane; what is narrower than the lane is zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<T>(byte* row, int lane, T value) where T : unmanaged
    {
        if (sizeof(T) == 2) *(uint*)(row + (lane * 4)) = *(ushort*)&value;
        else if (sizeof(T) == 1) *(uint*)(row + (lane * 4)) = *(byte*)&value;
        else At<T>(row, lane) = value;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map1<TA, TR, TOp>(Warp w, Op o) where TA : unmanaged where TR : unmanaged where TOp : struct, ILane1<TA, TR>
    {
        byte* a = w.R + o.A, d = w.R + o.D;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            Put(d, i, TOp.Apply(At<TA>(a, i)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map2<TA, TB, TR, TOp>(Warp w, Op o)
        where TA : unmanaged where TB : unmanaged where TR : unmanaged where TOp : struct, ILane2<TA, TB, TR>
    {
        byte* a = w.R + o.A, b = w.R + o.B, d = w.R + o.D;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            Put(d, i, TOp.Apply(At<TA>(a, i), At<TB>(b, i)));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map3<TA, TB, TC, TR, TOp>(Warp w, Op o)
        where TA : unmanaged where TB : unmanaged where TC : unmanaged where TR : unmanaged where TOp : struct, ILane3<TA, TB, TC, TR>
    {
        byte* a = w.R + o.A, b = w.R + o.B, c = w.R + o.C, d = w.R + o.D;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            Put(d, i, TOp.Apply(At<TA>(a, i), At<TB>(b, i), At<TC>(c, i)));
        }
    }

    /// <summary>One type in, the same out.</summary>
    public static void Same1<T, TOp>(Warp w, Op o) where T : unmanaged where TOp : struct, ILane1<T, T> => Map1<T, T, TOp>(w, o);

    /// <inheritdoc cref="Same1{T,TOp}"/>
    public static void Same2<T, TOp>(Warp w, Op o) where T : unmanaged where TOp : struct, ILane2<T, T, T> => Map2<T, T, T, TOp>(w, o);

    /// <inheritdoc cref="Same1{T,TOp}"/>
    public static void Same3<T, TOp>(Warp w, Op o) where T : unmanaged where TOp : struct, ILane3<T, T, T, T> => Map3<T, T, T, T, TOp>(w, o);
}
