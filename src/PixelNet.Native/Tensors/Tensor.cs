namespace PixelNet.Native.Tensors;

/// <summary>
/// A named, dense, row-major view of a <see cref="DeviceBuffer"/>: (buffer, byte offset, shape, element type).
/// Tensors are made while a run is planned (<see cref="MemoryPlan.Add"/>) and bound to memory once, by
/// <see cref="MemoryPlan.Allocate"/>; after that a step allocates nothing.
/// </summary>
public sealed class Tensor
{
    private readonly Tensor? _parent;
    private readonly long _offset;
    private DeviceBuffer? _buffer;
    private long _bufferOffset;

    internal Tensor(string name, Shape shape, ElementType type)
    {
        Name = name;
        Shape = shape;
        Type = type;
    }

    private Tensor(Tensor parent, string name, Shape shape, ElementType type, long byteOffset) : this(name, shape, type)
    {
        _parent = parent;
        _offset = byteOffset;
    }

    /// <summary>A tensor in memory of its own, outside any plan: for tests and for one-off work.</summary>
    public static Tensor Allocate(IBackendMemory memory, string name, Shape shape, ElementType type = ElementType.Float32)
    {
        var tensor = new Tensor(name, shape, type);
        tensor.Bind(memory.Allocate(tensor.ByteLength), 0);
        return tensor;
    }

    /// <summary>What the tensor holds, such as <c>conv3_2.weight</c>; unique within its plan.</summary>
    public string Name { get; }

    /// <summary>The extents.</summary>
    public Shape Shape { get; }

    /// <summary>The element type.</summary>
    public ElementType Type { get; }

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Count;

    /// <summary>Number of bytes.</summary>
    public long ByteLength => Shape.Count * Type.Bytes();

    /// <summary>Whether memory stands behind the tensor.</summary>
    public bool IsBound => _parent?.IsBound ?? _buffer is not null;

    /// <summary>The memory behind the tensor.</summary>
    /// <exception cref="InvalidOperationException">The plan was not allocated yet.</exception>
    public DeviceBuffer Buffer => _parent?.Buffer ?? _buffer
        ?? throw new InvalidOperationException($"tensor '{Name}' has no memory yet: allocate its plan first");

    /// <summary>Where the tensor starts in <see cref="Buffer"/>, in bytes.</summary>
    public long ByteOffset => _parent is null ? _bufferOffset : _parent.ByteOffset + _offset;

    /// <summary>A view of <paramref name="shape"/> that starts <paramref name="elementOffset"/> elements into this tensor.</summary>
    /// <exception cref="ArgumentException">The view reaches beyond the tensor.</exception>
    public Tensor View(string name, Shape shape, long elementOffset = 0) => View(name, shape, Type, elementOffset * Type.Bytes());

    /// <summary>A view of other type or shape that starts <paramref name="byteOffset"/> bytes into this tensor.</summary>
    /// <exception cref="ArgumentException">The view reaches beyond the tensor.</exception>
    public Tensor View(string name, Shape shape, ElementType type, long byteOffset)
    {
        if (byteOffset < 0 || byteOffset + shape.Count * type.Bytes() > ByteLength)
            throw new ArgumentException($"a view {shape} of {type} at byte {byteOffset} does not fit into '{Name}' {Shape} of {Type}");
        return new Tensor(this, name, shape, type, byteOffset);
    }

    /// <summary>The elements, where they lie in host memory.</summary>
    /// <exception cref="InvalidOperationException">The memory is not the host's, or the element type is another.</exception>
    public unsafe Span<T> Span<T>() where T : unmanaged => new(Pointer<T>(), checked((int)Count));

    /// <summary>A pointer to the first element, where it lies in host memory.</summary>
    /// <exception cref="InvalidOperationException">The memory is not the host's, or the element type is another.</exception>
    public unsafe T* Pointer<T>() where T : unmanaged
    {
        if (ElementTypes.Of<T>() != Type) throw new InvalidOperationException($"tensor '{Name}' holds {Type}, not {typeof(T).Name}");
        return Buffer is HostBuffer host
            ? (T*)(host.Pointer + ByteOffset)
            : throw new InvalidOperationException($"tensor '{Name}' does not lie in host memory");
    }

    /// <summary>Name, shape and element type.</summary>
    public override string ToString() => $"{Name} {Shape} {Type}";

    internal void Bind(DeviceBuffer buffer, long byteOffset)
    {
        _buffer = buffer;
        _bufferOffset = byteOffset;
    }
}
