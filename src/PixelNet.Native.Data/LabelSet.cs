using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data;

/// <summary>The classes that a data set trains and evaluates, in train-id order.</summary>
/// <param name="Name">Such as <c>cityscapes</c> or <c>camvid</c>; stored in checkpoints.</param>
/// <param name="ClassNames">Names by train id.</param>
/// <param name="Colors">0xRRGGBB by train id, for pictures.</param>
/// <param name="LabelIds">The value that prediction files hold, by train id (Cityscapes: ids 7..33; CamVid: the train id itself).</param>
public sealed record LabelSet(string Name, IReadOnlyList<string> ClassNames, IReadOnlyList<int> Colors, IReadOnlyList<byte> LabelIds)
{
    /// <summary>The train id of pixels that are neither trained nor evaluated.</summary>
    public const byte Ignored = 255;

    /// <summary>Number of classes L.</summary>
    public int Count => ClassNames.Count;

    /// <summary>The value that files hold where no class is (Cityscapes: 0, unlabeled; CamVid: 11).</summary>
    public byte VoidId { get; init; }

    /// <summary>Predicted train ids as files hold them; an L among them, from a network that was trained on void as one more class, is <see cref="VoidId"/>.</summary>
    public LabelMap<byte> ToFileIds(LabelMap<byte> predicted)
    {
        var table = FileIds();
        return predicted with { Labels = Array.ConvertAll(predicted.Labels, trainId => table[trainId]) };
    }

    /// <summary>What files hold, by predicted train id [256].</summary>
    public byte[] FileIds()
    {
        var table = new byte[256];
        Array.Fill(table, VoidId);
        for (int c = 0; c < Count; c++) table[c] = LabelIds[c];
        return table;
    }
}
