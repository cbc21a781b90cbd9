using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PixelNet.Native.Ptx.Parsing;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>What an access does.</summary>
internal enum AccessKind
{
    Load,
    Store,
    Atomic,
    /// <summary>Load that may be ordered against other blocks (volatile, acquire).</summary>
    StrongLoad,
    /// <summary>Store that may be ordered against other blocks (volatile, release).</summary>
    StrongStore,
    AsyncLoad,
    AsyncStore,
}

/// <summary>
/// Addresses of a warp's memory instruction to host pointers. Per op the allocation found last is remembered: one vector comparison of all 32
/// addresses against it replaces the look-up.
/// </summary>
internal static unsafe class Memory
{
    /// <summary>Computes the effective addresses into <see cref="Warp.Addr"/>; inactive lanes repeat the first active one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Addresses(Warp w, Op o) => Addresses(w, o.A, o.StrideA, o.Imm);

    public static void Addresses(Warp w, int row, int stride, ulong offset)
    {
        ulong* to = w.Addr;
        if (row < 0)
        {
            var same = Vector512.Create(offset);
            for (int i = 0; i < 32; i += 8) same.Store(to + i);
            return;
        }
        var add = Vector512.Create(offset);
        if (stride == 8)
        {
            ulong* from = (ulong*)(w.R + row);
            for (int i = 0; i < 32; i += 8) (Vector512.Load(from + i) + add).Store(to + i);
        }
        else
        {
            // 32-bit addresses wrap at 32 bits.
            uint* from = (uint*)(w.R + row);
            var add32 = Vector512.Create((uint)offset);
            for (int i = 0; i < 32; i += 16)
            {
                var sum = Vector512.Load(from + i) + add32;
                Vector512.WidenLower(sum).Store(to + i);
                Vector512.WidenUpper(sum).Store(to + i + 8);
            }
        }
        if (!w.IsFull)
        {
            ulong* mask = (ulong*)(w.R + Warp.Mask64Row);
            var first = Vector512.Create(to[BitOperations.TrailingZeroCount(w.Mask)]);
            for (int i = 0; i < 32; i += 8) Vector512.ConditionalSelect(Vector512.Load(mask + i), Vector512.Load(to + i), first).Store(to + i);
        }
    }

    /// <summary>
    /// Host pointers of <see cref="Warp.Addr"/> into <see cref="Warp.Ptr"/>. Returns the active lanes whose access is valid; the others have been
    /// reported, which without observers ends the launch.
    /// </summary>
    public static uint Resolve(Warp w, Op o, int bytes, AccessKind kind)
    {
        ulong* addr = w.Addr;
        var any = Vector512.Load(addr) | Vector512.Load(addr + 8) | Vector512.Load(addr + 16) | Vector512.Load(addr + 24);
        bool isAligned = (any & Vector512.Create((ulong)bytes - 1)) == Vector512<ulong>.Zero;
        bool isFast = isAligned && Space(w, o) switch
        {
            StateSpace.Global => Global(w, o, bytes),
            StateSpace.Shared => Window(w, o.Space == StateSpace.Generic ? DeviceMemory.SharedWindow : 0, w.Block.Shared, w.Block.SharedBytes, bytes),
            StateSpace.Param => Window(w, o.Space == StateSpace.Generic ? DeviceMemory.ParamWindow : 0, w.Block.Launch.Parameters, w.Block.Launch.ParameterBytes, bytes),
            _ => false,
        };
        uint ok = isFast ? w.Mask : ResolveEach(w, o, bytes, kind);
        w.Block.Tracer?.Access(w, o, bytes, kind, ok);
        return ok;
    }

    /// <summary>Space of the access; a generic one is that of its first lane and checked lane by lane if they differ.</summary>
    private static StateSpace Space(Warp w, Op o) => o.Space switch
    {
        StateSpace.Generic => SpaceOf(w.Addr[0]),
        StateSpace.Const => StateSpace.Global,
        _ => o.Space,
    };

    public static StateSpace SpaceOf(ulong generic) => (generic >> 48) switch
    {
        1 => StateSpace.Shared,
        2 => StateSpace.Local,
        3 => StateSpace.Param,
        _ => StateSpace.Global,
    };

    private static bool Global(Warp w, Op o, int bytes)
    {
        var allocation = o.Cached;
        if (allocation is null || !allocation.Contains(w.Addr[0]))
        {
            allocation = o.Cached = w.Block.Launch.Memory.Find(w.Addr[0]);
            if (allocation is null) return false;
        }
        return Window(w, allocation.Address, allocation.Host, allocation.Bytes, bytes);
    }

    // All lanes within [start, start + size)? Then the pointers are the addresses plus one difference.
    private static bool Window(Warp w, ulong start, byte* host, long size, int bytes)
    {
        if (size < bytes) return false;
        ulong* addr = w.Addr, ptr = w.Ptr;
        var low = Vector512.Create(start);
        var most = Vector512.Create((ulong)(size - bytes));
        var delta = Vector512.Create((ulong)host - start);
        Vector512<ulong> a0 = Vector512.Load(addr), a1 = Vector512.Load(addr + 8), a2 = Vector512.Load(addr + 16), a3 = Vector512.Load(addr + 24);
        var outside = Vector512.GreaterThan(a0 - low, most) | Vector512.GreaterThan(a1 - low, most)
            | Vector512.GreaterThan(a2 - low, most) | Vector512.GreaterThan(a3 - low, most);
        if (outside != Vector512<ulong>.Zero) return false;
        (a0 + delta).Store(ptr);
        (a1 + delta).Store(ptr + 8);
        (a2 + delta).Store(ptr + 16);
        (a3 + delta).Store(ptr + 24);
        return true;
    }

    private static uint ResolveEach(Warp w, Op o, int bytes, AccessKind kind)
    {
        uint ok = 0, outside = 0, misaligned = 0;
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            ulong address = w.Addr[lane];
            byte* pointer = Find(w, o, lane, address, bytes);
            if (pointer == null) outside |= 1u << lane;
            else if ((address & ((ulong)bytes - 1)) != 0) misaligned |= 1u << lane;
            else ok |= 1u << lane;
            w.Ptr[lane] = (ulong)pointer;
        }
        if (misaligned != 0)
        {
            ulong address = w.Addr[BitOperations.TrailingZeroCount(misaligned)];
            w.Block.Launch.Report(FindingKind.Misaligned, w, o, misaligned, address, $"{Verb(kind)} of {bytes} bytes at 0x{address:x}, which is not a multiple of {bytes}");
        }
        if (outside != 0)
        {
            ulong address = w.Addr[BitOperations.TrailingZeroCount(outside)];
            w.Block.Launch.Report(FindingKind.OutOfBounds, w, o, outside, address, Outside(w, o, address, bytes, kind));
        }
        return ok;
    }

    private static byte* Find(Warp w, Op o, int lane, ulong address, int bytes)
    {
        var space = o.Space == StateSpace.Generic ? SpaceOf(address) : o.Space;
        ulong offset = o.Space == StateSpace.Generic ? address & 0xFFFF_FFFF_FFFF : address;
        var block = w.Block;
        switch (space)
        {
            case StateSpace.Shared:
                return Within(block.Shared, offset, block.SharedBytes, bytes);
            case StateSpace.Param:
                return Within(block.Launch.Parameters, offset, block.Launch.ParameterBytes, bytes);
            case StateSpace.Local:
                return Within(w.Local + (lane * (long)w.LocalBytes), offset, w.LocalBytes, bytes);
            default:
                var allocation = block.Launch.Memory.Find(address);
                return allocation is null ? null : Within(allocation.Host, address - allocation.Address, allocation.Bytes, bytes);
        }
    }

    private static byte* Within(byte* start, ulong offset, long size, int bytes) =>
        size >= bytes && offset <= (ulong)(size - bytes) ? start + offset : null;

    private static string Outside(Warp w, Op o, ulong address, int bytes, AccessKind kind)
    {
        var space = o.Space == StateSpace.Generic ? SpaceOf(address) : o.Space;
        string what = $"{Verb(kind)} of {bytes} bytes at 0x{address:x}";
        switch (space)
        {
            case StateSpace.Shared: return $"{what} in shared memory, of which the block has {w.Block.SharedBytes} bytes";
            case StateSpace.Local: return $"{what} in local memory, of which the thread has {w.LocalBytes} bytes";
            case StateSpace.Param: return $"{what} in the parameters, which are {w.Block.Launch.ParameterBytes} bytes";
        }
        var near = w.Block.Launch.Memory.Nearest(address);
        if (near is null) return $"{what}, and no memory is allocated";
        string place = address < near.Address ? $"{near.Address - address} bytes before" :
            address >= near.Address + (ulong)near.Bytes ? $"{address - near.Address - (ulong)near.Bytes} bytes behind the end of" : "across the end of";
        return $"{what}, {place} the allocation {(near.Name.Length > 0 ? $"'{near.Name}' " : "")}of {near.Bytes} bytes at 0x{near.Address:x}";
    }

    private static string Verb(AccessKind kind) => kind switch
    {
        AccessKind.Load or AccessKind.StrongLoad or AccessKind.AsyncLoad => "read",
        AccessKind.Atomic => "atomic",
        _ => "write",
    };
}
