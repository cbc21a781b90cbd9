namespace PixelNet.Native.Ptx.Execution;

/// <summary>One of the 16 barriers of a block: who has come and how many are expected (PTX ISA 7.8, section 9.7.12.1, bar).</summary>
internal sealed class Barrier
{
    public int Arrived;

    /// <summary>Threads expected; 0: all that have not left the kernel.</summary>
    public int Expected;

    /// <summary>The first instruction that arrived, and whether a different one came too.</summary>
    public Op? First;

    public Op? Other;

    /// <summary>Warps that take part, by index.</summary>
    public ulong Warps;

    /// <summary>Threads that come with a true predicate (<c>bar.red</c>).</summary>
    public int Votes;

    /// <summary>Who wants the reduction's result.</summary>
    public List<(Warp Warp, Op Op, uint Lanes)> Reductions { get; } = [];

    public void Reset()
    {
        Arrived = Expected = Votes = 0;
        First = Other = null;
        Warps = 0;
        Reductions.Clear();
    }
}
