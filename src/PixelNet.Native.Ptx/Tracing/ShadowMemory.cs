namespace PixelNet.Native.Ptx.Tracing;

/// <summary>Who made an access and when.</summary>
internal struct AccessRecord
{
    public const ushort Nobody = ushort.MaxValue;

    public int Block;
    public int Op;
    public uint Sequence;

    /// <summary>Flat thread index in the block; <see cref="Nobody"/>: no access yet.</summary>
    public ushort Thread;
    public ushort Clock;
    public ushort LaneClock;
    public bool IsStrong;
    public bool IsWrite;
}

/// <summary>Last write and two last reads, by different threads, of one piece of memory.</summary>
internal struct Shadow
{
    public AccessRecord Write;
    public AccessRecord Read;
    public AccessRecord OtherRead;
}

/// <summary>
/// Shadows of a range of memory: one for each 4 bytes, until somebody accesses less than that; from then on one a byte. Pages appear when first touched.
/// </summary>
internal sealed class ShadowMemory(long bytes)
{
    private const int PageBits = 10;

    private Shadow[]?[] pages = new Shadow[]?[Count(bytes, 4)];
    private int granule = 4;

    private static int Count(long bytes, int granule) => (int)((bytes / granule >> PageBits) + 1);

    public void Clear()
    {
        foreach (var page in pages)
        {
            if (page is not null) Reset(page);
        }
    }

    /// <summary>Bytes to a shadow for an access; a narrow or odd one splits all shadows.</summary>
    public int Granule(long offset, int size)
    {
        if (granule == 4 && ((offset | (long)size) & 3) != 0) Split();
        return granule;
    }

    public ref Shadow At(long offset)
    {
        long index = offset / granule;
        ref var page = ref pages[index >> PageBits];
        if (page is null)
        {
            page = new Shadow[1 << PageBits];
            Reset(page);
        }
        return ref page[index & ((1 << PageBits) - 1)];
    }

    private static void Reset(Shadow[] page)
    {
        var empty = default(Shadow);
        empty.Write.Thread = empty.Read.Thread = empty.OtherRead.Thread = AccessRecord.Nobody;
        Array.Fill(page, empty);
    }

    private void Split()
    {
        var old = pages;
        granule = 1;
        pages = new Shadow[]?[Count(bytes, 1)];
        for (int p = 0; p < old.Length; p++)
        {
            if (old[p] is not { } page) continue;
            for (int i = 0; i < page.Length; i++)
            {
                long offset = (((long)p << PageBits) + i) * 4;
                for (int b = 0; b < 4 && offset + b < bytes; b++) At(offset + b) = page[i];
            }
        }
    }
}
