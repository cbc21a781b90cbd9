using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx;

/// <summary>A kernel parameter as its <c>.entry</c> declares it, with its place in the parameter block.</summary>
/// <param name="Name">Name in the PTX.</param>
/// <param name="Type">Element type; <see cref="PtxType.B8"/> for structures passed by value.</param>
/// <param name="Offset">Byte offset in the parameter block.</param>
/// <param name="Bytes">Size in bytes.</param>
/// <param name="Alignment">Alignment in bytes.</param>
/// <param name="IsArray">Whether it is an array, i.e. a structure passed by value.</param>
public sealed record PtxParameter(string Name, PtxType Type, int Offset, int Bytes, int Alignment, bool IsArray);
