using TorchTensor = TorchSharp.torch.Tensor;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>
/// A part of an image whose maps can be computed alone: from a crop with the receptive field of conv5_3 around it, which ends where the image ends, so that
/// zero padding and clamping are at the image's border only. Crops begin on multiples of the deepest stride, so that pools fall on the same pixels.
/// </summary>
/// <param name="Rows">Rows [first, end) of the window.</param>
/// <param name="Columns">Columns [first, end).</param>
/// <param name="CropRows">Rows of the crop.</param>
/// <param name="CropColumns">Columns of the crop.</param>
internal sealed record ImageWindow(Range Rows, Range Columns, Range CropRows, Range CropColumns)
{
    // Pixels of a side; of the halo: 98 of conv5_3 and a cell for interpolation, rounded up to whole cells.
    private const int Side = 64, DeepestStride = 16, Halo = 7 * DeepestStride;

    /// <summary>Rows.</summary>
    public int Height => Length(Rows);

    /// <summary>Columns.</summary>
    public int Width => Length(Columns);

    /// <summary>Nine windows: corners, edges and centre.</summary>
    public static IReadOnlyList<ImageWindow> Of(int height, int width) =>
        [.. from y in Places(height) from x in Places(width) select new ImageWindow(y, x, Around(y, height), Around(x, width))];

    /// <summary>The window of a map [1,h,w,C] of the whole image.</summary>
    public TorchTensor InImage(TorchTensor map, int stride) => Part(map, stride, Rows, Columns, 0, 0);

    /// <summary>The crop of the image [1,H,W,C].</summary>
    public TorchTensor Crop(TorchTensor image) => Part(image, 1, CropRows, CropColumns, 0, 0);

    /// <summary>The window of a map [1,h,w,C] of the crop.</summary>
    public TorchTensor InCrop(TorchTensor map, int stride) => Part(map, stride, Rows, Columns, CropRows.Start.Value, CropColumns.Start.Value);

    /// <summary>Pixels of the window as samples [M,3] of the crop.</summary>
    public int[] Samples()
    {
        var samples = from y in Enumerable.Range(Rows.Start.Value, Height) from x in Enumerable.Range(Columns.Start.Value, Width) select (y, x);
        return [.. samples.SelectMany(at => new[] { 0, at.y - CropRows.Start.Value, at.x - CropColumns.Start.Value })];
    }

    // At the start, in the middle, at the end.
    private static Range[] Places(int size)
    {
        int middle = (size - Side) / 2 / DeepestStride * DeepestStride, last = (size - Side) / DeepestStride * DeepestStride;
        return [0..Side, middle..(middle + Side), last..size];
    }

    private static Range Around(Range place, int size) => Math.Max(place.Start.Value - Halo, 0)..Math.Min(place.End.Value + Halo, size);

    private static int Length(Range range) => range.End.Value - range.Start.Value;

    private static TorchTensor Part(TorchTensor map, int stride, Range rows, Range columns, int top, int left)
    {
        TorchTensor Cut(TorchTensor from, int axis, Range range, int origin)
        {
            long start = (range.Start.Value - origin) / stride, end = Math.Min((range.End.Value - origin) / stride, from.shape[axis]);
            return from.narrow(axis, start, end - start);
        }
        return Cut(Cut(map, 1, rows, top), 2, columns, left);
    }
}
