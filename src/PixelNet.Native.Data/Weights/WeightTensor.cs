namespace PixelNet.Native.Data.Weights;

/// <summary>A tensor of a weight file, known by its header; its numbers stay in the file until they are read.</summary>
/// <param name="Name">Its name as the file has it.</param>
/// <param name="Code">How its numbers are stored.</param>
/// <param name="TypeName">The type as the format spells it.</param>
/// <param name="View">Where its elements lie in its storage; already checked against <paramref name="StorageBytes"/>.</param>
/// <param name="StorageBytes">Bytes of the storage.</param>
/// <param name="OpenStorage">Gives the storage's bytes from its first one on.</param>
/// <param name="BigEndian">Whether the most significant byte comes first.</param>
public sealed record WeightTensor(string Name, ElementCode Code, string TypeName, StridedView View, long StorageBytes, Func<Stream> OpenStorage,
    bool BigEndian = false)
{
    /// <summary>Bytes of the numbers as stored.</summary>
    public long ByteLength => View.Count * Code.Bytes();
}
