using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>Copies of a warp's lanes under way (<c>cp.async</c>), each with the group of its lane that it belongs to.</summary>
internal sealed unsafe class AsyncQueue
{
    private readonly record struct Copy(int Lane, nint To, nint From, int Bytes, int Total, int Group);

    private readonly List<Copy> copies = [];
    private readonly int[] committed = new int[32];
    private BlockTrace? watcher;
    private byte* shared;

    public void Clear()
    {
        copies.Clear();
        Array.Clear(committed);
    }

    /// <summary>Queues a copy of <paramref name="bytes"/>, the rest up to <paramref name="total"/> zero.</summary>
    public void Add(int lane, byte* to, byte* from, int bytes, int total)
    {
        var copy = new Copy(lane, (nint)to, (nint)from, bytes, total, committed[lane]);
        copies.Add(copy);
        Note(copy, 1);
    }

    public void Commit(uint lanes)
    {
        for (int lane = 0; lane < 32; lane++)
        {
            if (((lanes >> lane) & 1) != 0) committed[lane]++;
        }
    }

    /// <summary>Finishes the lanes' copies but those of the newest <paramref name="pending"/> groups; -1: all, committed or not.</summary>
    public void Wait(uint lanes, int pending)
    {
        int kept = 0;
        for (int i = 0; i < copies.Count; i++)
        {
            var copy = copies[i];
            bool isDone = ((lanes >> copy.Lane) & 1) != 0 && (pending < 0 || copy.Group < committed[copy.Lane] - pending);
            if (!isDone) copies[kept++] = copy;
            else
            {
                Note(copy, -1);
                new Span<byte>((void*)copy.From, copy.Bytes).CopyTo(new Span<byte>((void*)copy.To, copy.Bytes));
                new Span<byte>((byte*)copy.To + copy.Bytes, copy.Total - copy.Bytes).Clear();
            }
        }
        copies.RemoveRange(kept, copies.Count - kept);
    }

    /// <summary>Lets observers see which words of shared memory are under way.</summary>
    public void Watch(BlockTrace trace, Block block)
    {
        watcher = trace;
        shared = block.Shared;
    }

    private void Note(in Copy copy, int change)
    {
        if (watcher is null) return;
        for (int b = 0; b < copy.Total; b += 4) watcher.Pending[((byte*)copy.To - shared + b) / 4] += (ushort)change;
    }
}
