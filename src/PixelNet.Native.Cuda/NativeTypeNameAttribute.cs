namespace PixelNet.Native.Cuda;

/// <summary>
/// The C type of a parameter or result, where the C# type does not tell it: <c>const void *</c>. A test compares every declaration with the library's header.
/// </summary>
/// <param name="name">The type as the header writes it.</param>
[AttributeUsage(AttributeTargets.Parameter | AttributeTargets.ReturnValue)]
internal sealed class NativeTypeNameAttribute(string name) : Attribute
{
    /// <summary>The type as the header writes it.</summary>
    public string Name { get; } = name;
}
