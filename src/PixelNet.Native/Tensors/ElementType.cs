namespace PixelNet.Native.Tensors;

/// <summary>What one element of a <see cref="Tensor"/> is.</summary>
public enum ElementType
{
    /// <summary>32-bit IEEE float: activations, parameters and gradients of every trained network.</summary>
    Float32,

    /// <summary>64-bit IEEE float: only for <c>ReferenceBackend</c>, as the truth that gradients are checked against.</summary>
    Float64,

    /// <summary>32-bit signed integer: sample coordinates, targets, cell lists.</summary>
    Int32,

    /// <summary>8-bit unsigned integer: images, label maps, pooling positions.</summary>
    UInt8,
}

/// <summary>Sizes of the element types.</summary>
public static class ElementTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Bytes(this ElementType type) => type switch
    {
        ElementType.Float32 or ElementType.Int32 => 4,
        ElementType.Float64 => 8,
        ElementType.UInt8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown element type"),
    };

    /// <summary>The element type that holds <typeparamref name="T"/>.</summary>
    public static ElementType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? ElementType.Float32
        : typeof(T) == typeof(double) ? ElementType.Float64
        : typeof(T) == typeof(int) ? ElementType.Int32
        : typeof(T) == typeof(byte) ? ElementType.UInt8
        : throw new NotSupportedException($"no tensor element type holds {typeof(T).Name}");
}
