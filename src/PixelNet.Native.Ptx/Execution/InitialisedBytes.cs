using System.Collections;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>Which bytes of an allocation have been written: none, all, or one bit a byte once that is needed.</summary>
internal sealed class InitialisedBytes(long bytes)
{
    private bool isAll;
    private BitArray? bits;

    public void SetAll()
    {
        isAll = true;
        bits = null;
    }

    public void SetNone()
    {
        isAll = false;
        bits?.SetAll(false);
    }

    public void Set(long from, long count)
    {
        if (isAll || count <= 0) return;
        if (from == 0 && count == bytes)
        {
            SetAll();
            return;
        }
        if (bytes > int.MaxValue)
        {
            SetAll(); // larger than a bit array holds: rather no finding than a wrong one
            return;
        }
        bits ??= new BitArray((int)bytes);
        for (long i = from; i < from + count; i++) bits[(int)i] = true;
    }

    public bool IsSet(long from, int count)
    {
        if (isAll) return true;
        if (bits is null) return false;
        for (long i = from; i < from + count; i++)
        {
            if (!bits[(int)i]) return false;
        }
        return true;
    }
}
