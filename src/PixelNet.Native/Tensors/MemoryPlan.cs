namespace PixelNet.Native.Tensors;

/// <summary>
/// Every buffer of a run, named and sized before the first byte is allocated. <see cref="Add"/> hands out unbound tensors,
/// <see cref="Allocate"/> takes one arena per <see cref="MemoryKind"/> from the backend and binds them all; nothing is
/// allocated afterwards, so the peak is <see cref="TotalBytes"/> and can be shown, or refused, beforehand.
/// </summary>
public sealed class MemoryPlan : IDisposable
{
    /// <summary>Every tensor starts at a multiple of this many bytes (a cache line, and a CUDA sector group).</summary>
    public const int Alignment = 256;

    private readonly List<(Tensor Tensor, MemoryKind Kind, long Offset)> _entries = [];
    private readonly HashSet<string> _names = [];
    private readonly long[] _bytes = new long[Enum.GetValues<MemoryKind>().Length];
    private readonly List<DeviceBuffer> _arenas = [];

    /// <summary>The planned tensors in the order in which they were added.</summary>
    public IEnumerable<(Tensor Tensor, MemoryKind Kind)> Entries => _entries.Select(entry => (entry.Tensor, entry.Kind));

    /// <summary>Bytes of all arenas.</summary>
    public long TotalBytes => _bytes.Sum();

    /// <summary>Whether <see cref="Allocate"/> has run.</summary>
    public bool IsAllocated => _arenas.Count > 0;

    /// <summary>Bytes of one arena.</summary>
    public long BytesOf(MemoryKind kind) => _bytes[(int)kind];

    /// <summary>Plans one tensor; it has no memory until <see cref="Allocate"/>.</summary>
    /// <exception cref="InvalidOperationException">The plan is allocated already, or the name is taken.</exception>
    public Tensor Add(string name, Shape shape, MemoryKind kind, ElementType type = ElementType.Float32)
    {
        if (IsAllocated) throw new InvalidOperationException($"the memory plan is allocated; '{name}' comes too late");
        if (!_names.Add(name)) throw new InvalidOperationException($"the memory plan has a tensor '{name}' already");
        var tensor = new Tensor(name, shape, type);
        ref long bytes = ref _bytes[(int)kind];
        _entries.Add((tensor, kind, bytes));
        bytes += Aligned(tensor.ByteLength);
        return tensor;
    }

    /// <summary>What a tensor of so many bytes takes of its arena.</summary>
    internal static long Aligned(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>Allocates one arena per kind and binds every tensor.</summary>
    /// <exception cref="InsufficientMemoryException">The backend has not that much; the message gives the planned figure.</exception>
    public void Allocate(IBackendMemory memory)
    {
        if (IsAllocated) throw new InvalidOperationException("the memory plan is allocated already");
        var arenas = new DeviceBuffer[_bytes.Length];
        for (int kind = 0; kind < arenas.Length; kind++)
        {
            arenas[kind] = memory.Allocate(_bytes[kind]);
            _arenas.Add(arenas[kind]);
        }
        foreach (var (tensor, kind, offset) in _entries)
            tensor.Bind(arenas[(int)kind], offset);
    }

    /// <summary>Gives all arenas back.</summary>
    public void Dispose()
    {
        foreach (var arena in _arenas) arena.Dispose();
        _arenas.Clear();
    }
}
