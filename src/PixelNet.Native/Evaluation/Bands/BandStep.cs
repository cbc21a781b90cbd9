namespace PixelNet.Native.Evaluation;

/// <summary>One thing to do for an image: an op on some rows, planned beforehand with all its views.</summary>
internal delegate void BandStep(in BandCall call);

/// <summary>What changes from image to image.</summary>
/// <param name="image">RGB [height,width,3], of the planned size.</param>
/// <param name="labels">Receives the train ids where labels are made row by row; else empty.</param>
internal readonly ref struct BandCall(ReadOnlySpan<byte> image, Span<byte> labels)
{
    public ReadOnlySpan<byte> Image { get; } = image;

    public Span<byte> Labels { get; } = labels;
}
