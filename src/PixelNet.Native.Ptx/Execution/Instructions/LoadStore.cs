using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// <c>ld ldu st</c> with vectors and all cache operators (PTX ISA 7.8, section 9.7.8.8-11). A warp whose lanes read neighbouring words costs two vector
/// loads, one that reads a single address a broadcast; everything else goes lane by lane.
/// </summary>
internal static unsafe class LoadStore
{
    public static void TranslateLoad(Translator t)
    {
        var space = t.Space();
        string? order = t.Ordering();
        t.Accept("nc");
        var (type, width) = Shape(t);
        t.Count(2, 3);
        var rows = Operands(t, t.Operand(0), type, width, isDestination: true);
        if (space == StateSpace.Param && t.Operand(1).Symbol is { } symbol && t.Operand(1).Register is null && t.IsEntryParameter(t.FindVariable(symbol)))
        {
            // The parameter block is the same for all: no address, no check at run time.
            var constant = t.Emit(&LoadParameter);
            t.Address(constant, 1, space);
            Describe(constant, type, width, rows);
            if (constant.Imm + (ulong)(type.Size() * width) > (ulong)t.Program.Entry.ParameterBytes) throw t.Fail("the access is outside the kernel's parameters");
            return;
        }
        var op = t.Emit(type switch
        {
            PtxType.U8 or PtxType.B8 => &LoadLanes<byte, byte>,
            PtxType.S8 => &LoadLanes<sbyte, long>,
            PtxType.S16 => &LoadLanes<short, long>,
            PtxType.S32 when rows.Stride == 8 => &LoadLanes<int, long>,
            _ => type.Size() switch
            {
                2 => &LoadLanes<ushort, ushort>,
                4 when width == 1 && rows.Stride == 4 => &LoadWords<uint>,
                4 when width == 4 && rows.Stride == 4 => &LoadFour,
                4 => &LoadLanes<uint, uint>,
                _ when width == 1 => &LoadWords<ulong>,
                _ => &LoadLanes<ulong, ulong>,
            },
        });
        t.Address(op, 1, space);
        Describe(op, type, width, rows);
        op.C = (int)(order is "volatile" or "relaxed" or "acquire" or "sc" ? AccessKind.StrongLoad : AccessKind.Load);
    }

    public static void TranslateStore(Translator t)
    {
        var space = t.Space();
        string? order = t.Ordering();
        var (type, width) = Shape(t);
        t.Count(2, 3);
        var rows = Operands(t, t.Operand(1), type, width, isDestination: false);
        var op = t.Emit(type.Size() switch
        {
            1 => &StoreLanes<byte>,
            2 => &StoreLanes<ushort>,
            4 => &StoreLanes<uint>,
            _ => &StoreLanes<ulong>,
        });
        t.Address(op, 0, space);
        Describe(op, type, width, rows);
        op.C = (int)(order is "volatile" or "relaxed" or "release" or "sc" ? AccessKind.StrongStore : AccessKind.Store);
    }

    private static (PtxType Type, int Width) Shape(Translator t)
    {
        int width = t.AcceptAny("v2", "v4") switch { "v2" => 2, "v4" => 4, _ => 1 };
        var type = t.Type();
        if (type is PtxType.Pred or PtxType.TF32 || type.Size() * width > 16) throw t.Fail("this type cannot be accessed in memory");
        return (type, width);
    }

    private static (int[] Rows, int Stride) Operands(Translator t, Operand operand, PtxType type, int width, bool isDestination)
    {
        var items = operand.Kind == OperandKind.Vector ? operand.Items : [operand];
        if (items.Length != width) throw t.Fail($"the vector has {items.Length} members, expected {width}");
        var wide = items.Select(i => t.Wide(i, type, isDestination)).ToArray();
        int stride = items.Any(i => i.Register?.Type.Size() == 8) || type.Size() == 8 ? 8 : 4;
        for (int i = 0; i < items.Length; i++)
        {
            if (items[i].Kind == OperandKind.Register && wide[i].Stride != stride) throw t.Fail("the registers of the vector differ in width");
            if (items[i].Kind is not (OperandKind.Register or OperandKind.Sink) && stride == 8) wide[i].Row = t.Src(items[i], PtxType.B64);
        }
        return ([.. wide.Select(p => p.Row)], stride);
    }

    private static void Describe(Op op, PtxType type, int width, (int[] Rows, int Stride) rows)
    {
        op.Rows = rows.Rows;
        op.StrideD = rows.Stride;
        op.Option = type.Size() * width;
        op.B = (int)type;
    }

    private static void LoadParameter(Warp w, Op o)
    {
        byte* from = w.Block.Launch.Parameters + o.Imm;
        var type = (PtxType)o.B;
        for (int k = 0; k < o.Rows.Length; k++, from += type.Size())
        {
            ulong value = type switch
            {
                PtxType.S8 => (ulong)*(sbyte*)from,
                PtxType.S16 => (ulong)*(short*)from,
                PtxType.S32 => (ulong)*(int*)from,
                _ => type.Size() switch { 1 => *from, 2 => *(ushort*)from, 4 => *(uint*)from, _ => *(ulong*)from },
            };
            if (o.StrideD == 8) Broadcast(w, (ulong*)(w.R + o.Rows[k]), value);
            else Broadcast(w, (uint*)(w.R + o.Rows[k]), (uint)value);
        }
    }

    private static void Broadcast<T>(Warp w, T* row, T value) where T : unmanaged
    {
        var v = Vector512.Create(value);
        for (int i = 0; i < 32; i += Vector512<T>.Count) Simd.Put(w, row, i, v);
    }

    /// <summary>Distance of the lanes' pointers: 0 all equal, the size if they are neighbours, -1 otherwise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Pattern(ulong* ptr, int size)
    {
        ulong first = ptr[0];
        ulong step = ptr[1] - first;
        if (step != 0 && step != (ulong)size) return -1;
        var ramp = (Vector512.Create(0UL, 1, 2, 3, 4, 5, 6, 7) * step) + Vector512.Create(first);
        var next = Vector512.Create(8 * step);
        var differs = ramp ^ Vector512.Load(ptr);
        ramp += next;
        differs |= ramp ^ Vector512.Load(ptr + 8);
        ramp += next;
        differs |= ramp ^ Vector512.Load(ptr + 16);
        ramp += next;
        differs |= ramp ^ Vector512.Load(ptr + 24);
        return differs == Vector512<ulong>.Zero ? (int)step : -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LoadWords<T>(Warp w, Op o) where T : unmanaged
    {
        Memory.Addresses(w, o);
        uint ok = Memory.Resolve(w, o, sizeof(T), (AccessKind)o.C);
        ulong* ptr = w.Ptr;
        T* d = (T*)(w.R + o.Rows[0]);
        if (ok == Warp.AllLanes)
        {
            int step = Pattern(ptr, sizeof(T));
            if (step == sizeof(T))
            {
                for (int i = 0; i < 32; i += Vector512<T>.Count) Vector512.Load((T*)ptr[0] + i).Store(d + i);
            }
            else if (step == 0)
            {
                var v = Vector512.Create(*(T*)ptr[0]);
                for (int i = 0; i < 32; i += Vector512<T>.Count) v.Store(d + i);
            }
            else
            {
                for (int i = 0; i < 32; i++) d[i] = *(T*)ptr[i];
            }
            return;
        }
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            d[i] = ((ok >> i) & 1) != 0 ? *(T*)ptr[i] : default;
        }
    }

    // Four words a lane into four rows.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LoadFour(Warp w, Op o)
    {
        Memory.Addresses(w, o);
        uint ok = Memory.Resolve(w, o, 16, (AccessKind)o.C);
        ulong* ptr = w.Ptr;
        var rows = o.Rows;
        uint* d0 = (uint*)(w.R + rows[0]), d1 = (uint*)(w.R + rows[1]), d2 = (uint*)(w.R + rows[2]), d3 = (uint*)(w.R + rows[3]);
        if (ok == Warp.AllLanes)
        {
            if (Pattern(ptr, 16) == 0)
            {
                uint* from = (uint*)ptr[0];
                Broadcast(w, d0, from[0]);
                Broadcast(w, d1, from[1]);
                Broadcast(w, d2, from[2]);
                Broadcast(w, d3, from[3]);
                return;
            }
            for (int i = 0; i < 32; i++)
            {
                uint* from = (uint*)ptr[i];
                d0[i] = from[0];
                d1[i] = from[1];
                d2[i] = from[2];
                d3[i] = from[3];
            }
            return;
        }
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            var v = ((ok >> i) & 1) != 0 ? Vector128.Load((uint*)ptr[i]) : default;
            d0[i] = v[0];
            d1[i] = v[1];
            d2[i] = v[2];
            d3[i] = v[3];
        }
    }

    /// <summary>Any vector width and element size; TLane is what the element is extended to (long: with sign).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LoadLanes<T, TLane>(Warp w, Op o) where T : unmanaged, IBinaryInteger<T> where TLane : unmanaged, IBinaryInteger<TLane>
    {
        Memory.Addresses(w, o);
        uint ok = Memory.Resolve(w, o, o.Option, (AccessKind)o.C);
        var rows = o.Rows;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            T* from = (T*)w.Ptr[i];
            for (int k = 0; k < rows.Length; k++)
            {
                ulong value = ((ok >> i) & 1) != 0 ? ulong.CreateTruncating(TLane.CreateTruncating(from[k])) : 0;
                if (o.StrideD == 8) ((ulong*)(w.R + rows[k]))[i] = value;
                else ((uint*)(w.R + rows[k]))[i] = (uint)value;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StoreLanes<T>(Warp w, Op o) where T : unmanaged
    {
        Memory.Addresses(w, o);
        w.StoredRows = o.Rows;
        uint ok = Memory.Resolve(w, o, o.Option, (AccessKind)o.C);
        var rows = o.Rows;
        if (ok == Warp.AllLanes && rows.Length == 1 && sizeof(T) >= 4 && o.StrideD == (sizeof(T) == 8 ? 8 : 4) && Pattern(w.Ptr, sizeof(T)) == sizeof(T))
        {
            T* from = (T*)(w.R + rows[0]), to = (T*)w.Ptr[0];
            for (int i = 0; i < 32; i += Vector512<T>.Count) Vector512.Load(from + i).Store(to + i);
            return;
        }
        for (uint lanes = ok; lanes != 0; lanes &= lanes - 1)
        {
            int i = BitOperations.TrailingZeroCount(lanes);
            T* to = (T*)w.Ptr[i];
            for (int k = 0; k < rows.Length; k++) to[k] = *(T*)(w.R + rows[k] + (i * o.StrideD));
        }
    }
}
