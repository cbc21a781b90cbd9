using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>Why a fragment of a warp does not run at the moment.</summary>
internal enum FragmentState
{
    Ready,
    /// <summary>Waits at a <c>.sync</c> instruction for the lanes of its mask; the instruction runs again when they have come.</summary>
    AtWarpSync,
    /// <summary>Waits at a block barrier, whose instruction is done.</summary>
    AtBarrier,
}

/// <summary>Lanes of a warp that stand at the same instruction.</summary>
internal struct Fragment
{
    public int Pc;
    public uint Mask;
    public FragmentState State;

    /// <summary>Barrier number (AtBarrier) or member mask (AtWarpSync).</summary>
    public uint Waiting;

    /// <summary>When it last ran, for fairness.</summary>
    public long LastRun;
}

/// <summary>
/// 32 threads: a register file of rows, the active mask, and the fragments in which its lanes stand.
/// Layout of the register file: mask row of 32-bit lanes (128 bytes), mask row of 64-bit lanes (256 bytes), then the program's rows.
/// Scheduling of fragments is in <c>Warp.Scheduling.cs</c>.
/// </summary>
internal sealed unsafe partial class Warp : IDisposable
{
    public const int Mask32Row = 0, Mask64Row = 128, FirstRow = 384;
    public const uint AllLanes = uint.MaxValue;

    private static readonly Vector512<uint> LaneBitsLow = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);

    public Warp(Block block, int index, int registerBytes, int localBytes)
    {
        Block = block;
        Index = index;
        R = (byte*)NativeMemory.AlignedAlloc((nuint)registerBytes, 64);
        NativeMemory.Clear(R, (nuint)registerBytes);
        Addr = (ulong*)NativeMemory.AlignedAlloc(512, 64);
        Ptr = Addr + 32;
        LocalBytes = localBytes;
        if (localBytes > 0) Local = (byte*)NativeMemory.AlignedAlloc((nuint)localBytes * 32, 64);
    }

    ~Warp() => Free();

    public Block Block { get; }

    public int Index { get; }

    /// <summary>Register file.</summary>
    public byte* R { get; private set; }

    /// <summary>Effective addresses of the current memory instruction; inactive lanes repeat an active one.</summary>
    public ulong* Addr { get; private set; }

    /// <summary>Host pointers of the current memory instruction.</summary>
    public ulong* Ptr { get; private set; }

    public byte* Local { get; private set; }

    public int LocalBytes { get; }

    /// <summary>Lanes for which the current instruction executes; set with <see cref="SetMask"/>.</summary>
    public uint Mask;

    /// <summary>Op that runs next; a branch overwrites it.</summary>
    public int Pc;

    /// <summary>Lanes that have not left the kernel.</summary>
    public uint Live;

    /// <summary>Carry flags of the lanes (<c>add.cc</c> and the like).</summary>
    public uint Carries;

    /// <summary>Rows whose values the current store writes; observers compare them with what is there.</summary>
    public int[] StoredRows = [];

    /// <summary>Copies under way (<c>cp.async</c>).</summary>
    public AsyncQueue Async { get; } = new();

    /// <summary>Instructions executed by this warp, as time.</summary>
    public ulong Clock => (ulong)clock;

    public bool IsFull => Mask == AllLanes;

    /// <summary>Makes lanes active and spreads the mask over the mask rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetMask(uint mask)
    {
        if (mask == Mask) return;
        Mask = mask;
        if (mask != AllLanes) Spread(mask);
    }

    private void Spread(uint mask)
    {
        var low = ~Vector512.Equals(Vector512.Create(mask) & LaneBitsLow, Vector512<uint>.Zero);
        var high = ~Vector512.Equals(Vector512.Create(mask >> 16) & LaneBitsLow, Vector512<uint>.Zero);
        low.Store((uint*)R);
        high.Store((uint*)R + 16);
        long* wide = (long*)(R + Mask64Row);
        Vector512.WidenLower(low.AsInt32()).Store(wide);
        Vector512.WidenUpper(low.AsInt32()).Store(wide + 8);
        Vector512.WidenLower(high.AsInt32()).Store(wide + 16);
        Vector512.WidenUpper(high.AsInt32()).Store(wide + 24);
    }

    /// <summary>Writes a predicate row for the active lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetPredicate(int row, uint bits)
    {
        uint* p = (uint*)(R + row);
        *p = (*p & ~Mask) | (bits & Mask);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Predicate(int row) => *(uint*)(R + row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Read32(int row, int lane) => ((uint*)(R + row))[lane];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write32(int row, int lane, uint value) => ((uint*)(R + row))[lane] = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Read64(int row, int lane) => ((ulong*)(R + row))[lane];

    /// <summary>Flat index of a lane's thread in its block.</summary>
    public int Thread(int lane) => Index * 32 + lane;

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(R);
        NativeMemory.AlignedFree(Addr);
        NativeMemory.AlignedFree(Local);
        R = null;
        Addr = null;
        Local = null;
    }
}
