using System.Runtime.InteropServices;

namespace PixelNet.Native.Course;

/// <summary>An argument of an exercise's kernel.</summary>
/// <param name="Name">Its name in the exercise's source.</param>
internal abstract record Argument(string Name)
{
    /// <summary>Bytes in the parameter block: 8 for pointers.</summary>
    public virtual int ParameterBytes => 8;

    /// <summary>An array that the kernel reads.</summary>
    public static Input In<T>(string name, T[] elements) where T : unmanaged => new(name, MemoryMarshal.AsBytes<T>(elements).ToArray());

    /// <summary>A number.</summary>
    public static Scalar Value<T>(string name, T value) where T : unmanaged => new(name, MemoryMarshal.AsBytes<T>(new[] { value }).ToArray());
}

/// <summary>An array on the device that the kernel reads.</summary>
internal sealed record Input(string Name, byte[] Bytes) : Argument(Name);

/// <summary>An array of 4-byte elements that the kernel writes, unwritten before unless it <paramref name="StartsAtZero"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Expected">The right values.</param>
/// <param name="IsInteger">Whether the elements are integers, which must be equal; floats may differ by rounding.</param>
/// <param name="StartsAtZero">Whether it is cleared before.</param>
internal sealed record Output(string Name, double[] Expected, bool IsInteger = false, bool StartsAtZero = false) : Argument(Name);

/// <summary>A number passed by value.</summary>
internal sealed record Scalar(string Name, byte[] Bytes) : Argument(Name)
{
    /// <inheritdoc/>
    public override int ParameterBytes => Bytes.Length;
}
