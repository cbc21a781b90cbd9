namespace PixelNet.Native.Ptx.Execution;

/// <summary>The flat address space of a device: allocations in ascending address order, far apart.</summary>
internal sealed class DeviceMemory(long capacity) : IDisposable
{
    /// <summary>First address; below lie null pointers with any sensible offset, and 32-bit shared addresses.</summary>
    public const ulong FirstAddress = 0x7_0000_0000;

    /// <summary>Generic addresses of shared memory: this plus the offset.</summary>
    public const ulong SharedWindow = 0x0001_0000_0000_0000;

    /// <summary>Generic addresses of local memory: this plus the offset.</summary>
    public const ulong LocalWindow = 0x0002_0000_0000_0000;

    /// <summary>Generic addresses of kernel parameters: this plus the offset.</summary>
    public const ulong ParamWindow = 0x0003_0000_0000_0000;

    private const ulong Gap = 1 << 20, Granularity = 256;

    private readonly List<Allocation> allocations = [];
    private ulong next = FirstAddress;
    private long used;

    public IReadOnlyList<Allocation> Allocations => allocations;

    public Allocation Allocate(long bytes, string name)
    {
        if (bytes < 0) throw new PtxException($"cannot allocate {bytes} bytes.");
        if (used + bytes > capacity) throw new PtxException($"out of device memory: {bytes} bytes asked for, {capacity - used} of {capacity} free.");
        var allocation = new Allocation(next, bytes, name);
        next = (next + (ulong)bytes + Gap + Granularity) & ~(Granularity - 1);
        used += bytes;
        allocations.Add(allocation);
        return allocation;
    }

    public void Free(ulong address)
    {
        int index = IndexOf(address);
        if (index < 0 || allocations[index].Address != address) throw new PtxException($"0x{address:x} is not the start of an allocation.");
        used -= allocations[index].Bytes;
        allocations[index].Dispose();
        allocations.RemoveAt(index);
    }

    /// <summary>The allocation that holds an address, or null.</summary>
    public Allocation? Find(ulong address)
    {
        int index = IndexOf(address);
        return index >= 0 && allocations[index].Contains(address) ? allocations[index] : null;
    }

    /// <summary>The allocation nearest to an address, to say where a wild access went.</summary>
    public Allocation? Nearest(ulong address)
    {
        int index = IndexOf(address);
        var below = index >= 0 ? allocations[index] : null;
        var above = index + 1 < allocations.Count ? allocations[index + 1] : null;
        if (below is null || above is null) return below ?? above;
        return address - (below.Address + (ulong)below.Bytes) <= above.Address - address ? below : above;
    }

    private int IndexOf(ulong address)
    {
        int low = 0, high = allocations.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (allocations[middle].Address <= address) low = middle + 1;
            else high = middle - 1;
        }
        return high;
    }

    public void Dispose()
    {
        foreach (var allocation in allocations) allocation.Dispose();
        allocations.Clear();
    }
}
