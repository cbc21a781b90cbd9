using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>A function of whole vectors of one type.</summary>
internal interface IVector1<T>
{
    static abstract Vector512<T> Apply(Vector512<T> a);
}

/// <inheritdoc cref="IVector1{T}"/>
internal interface IVector2<T>
{
    static abstract Vector512<T> Apply(Vector512<T> a, Vector512<T> b);
}

/// <inheritdoc cref="IVector1{T}"/>
internal interface IVector3<T>
{
    static abstract Vector512<T> Apply(Vector512<T> a, Vector512<T> b, Vector512<T> c);
}

/// <summary>
/// A vector function applied to the 32 lanes of rows: two vectors of 16 lanes for 32-bit types, four of 8 for 64-bit types. Inactive lanes keep
/// their old value by a blend with the mask row, so a partial mask costs one load more, not a loop.
/// </summary>
internal static unsafe class Simd
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map1<T, TOp>(Warp w, Op o) where T : unmanaged where TOp : struct, IVector1<T>
    {
        T* a = (T*)(w.R + o.A), d = (T*)(w.R + o.D);
        if (w.IsFull)
        {
            for (int i = 0; i < 32; i += Vector512<T>.Count) TOp.Apply(Vector512.Load(a + i)).Store(d + i);
            return;
        }
        for (int i = 0; i < 32; i += Vector512<T>.Count) Blend(w, d, i, TOp.Apply(Vector512.Load(a + i)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map2<T, TOp>(Warp w, Op o) where T : unmanaged where TOp : struct, IVector2<T>
    {
        T* a = (T*)(w.R + o.A), b = (T*)(w.R + o.B), d = (T*)(w.R + o.D);
        if (w.IsFull)
        {
            for (int i = 0; i < 32; i += Vector512<T>.Count) TOp.Apply(Vector512.Load(a + i), Vector512.Load(b + i)).Store(d + i);
            return;
        }
        for (int i = 0; i < 32; i += Vector512<T>.Count) Blend(w, d, i, TOp.Apply(Vector512.Load(a + i), Vector512.Load(b + i)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map3<T, TOp>(Warp w, Op o) where T : unmanaged where TOp : struct, IVector3<T>
    {
        T* a = (T*)(w.R + o.A), b = (T*)(w.R + o.B), c = (T*)(w.R + o.C), d = (T*)(w.R + o.D);
        if (w.IsFull)
        {
            for (int i = 0; i < 32; i += Vector512<T>.Count) TOp.Apply(Vector512.Load(a + i), Vector512.Load(b + i), Vector512.Load(c + i)).Store(d + i);
            return;
        }
        for (int i = 0; i < 32; i += Vector512<T>.Count) Blend(w, d, i, TOp.Apply(Vector512.Load(a + i), Vector512.Load(b + i), Vector512.Load(c + i)));
    }

    /// <summary>Stores the active lanes of a vector at lane i of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Blend<T>(Warp w, T* row, int i, Vector512<T> value) where T : unmanaged
    {
        T* mask = (T*)(w.R + (sizeof(T) == 8 ? Warp.Mask64Row : Warp.Mask32Row));
        Vector512.ConditionalSelect(Vector512.Load(mask + i), value, Vector512.Load(row + i)).Store(row + i);
    }

    /// <summary>Stores the active lanes of a vector, whole if all are active.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Put<T>(Warp w, T* row, int i, Vector512<T> value) where T : unmanaged
    {
        if (w.IsFull) value.Store(row + i);
        else Blend(w, row, i, value);
    }

    /// <summary>32-bit lanes to 64-bit lanes: sign- or zero-extended by the type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WidenSigned(Warp w, Op o)
    {
        int* a = (int*)(w.R + o.A);
        long* d = (long*)(w.R + o.D);
        for (int i = 0; i < 32; i += 16)
        {
            var v = Vector512.Load(a + i);
            Put(w, d, i, Vector512.WidenLower(v));
            Put(w, d, i + 8, Vector512.WidenUpper(v));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void WidenUnsigned(Warp w, Op o)
    {
        uint* a = (uint*)(w.R + o.A);
        ulong* d = (ulong*)(w.R + o.D);
        for (int i = 0; i < 32; i += 16)
        {
            var v = Vector512.Load(a + i);
            Put(w, d, i, Vector512.WidenLower(v));
            Put(w, d, i + 8, Vector512.WidenUpper(v));
        }
    }

    /// <summary>The low halves of 64-bit lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Narrow(Warp w, Op o)
    {
        ulong* a = (ulong*)(w.R + o.A);
        uint* d = (uint*)(w.R + o.D);
        for (int i = 0; i < 32; i += 16) Put(w, d, i, Vector512.Narrow(Vector512.Load(a + i), Vector512.Load(a + i + 8)));
    }
}
