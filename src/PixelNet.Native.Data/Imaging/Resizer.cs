using System.Numerics;

namespace PixelNet.Native.Data.Imaging;

/// <summary>
/// Cuts and resizes in one pass: images by area averages where they shrink and bilinearly where they grow (<see cref="ResizeAxis"/>), labels by nearest
/// neighbour, source index floor(X + (j + 0.5) * Width / n). An instance keeps its scratch, for one thread at a time; the static forms make one.
/// </summary>
public sealed class Resizer
{
    private readonly ResizeAxis _columns = new(), _rows = new();
    private float[] _row = [];
    private int[] _columnIndex = [];

    /// <summary>Resizes a whole image.</summary>
    public static RgbImage Resize(RgbImage source, int width, int height)
    {
        var target = new RgbImage(width, height, new byte[3 * width * height]);
        new Resizer().Resize(source, SourceRectangle.Whole(source.Width, source.Height), target.Pixels, width, height);
        return target;
    }

    /// <summary>Resizes a whole image by nearest neighbour (the 2018 run's way; it aliases).</summary>
    public static RgbImage ResizeNearest(RgbImage source, int width, int height)
    {
        var target = new RgbImage(width, height, new byte[3 * width * height]);
        new Resizer().ResizeNearest(source, SourceRectangle.Whole(source.Width, source.Height), target.Pixels, width, height);
        return target;
    }

    /// <summary>Resizes a whole label map.</summary>
    public static LabelMap<T> ResizeLabels<T>(LabelMap<T> source, int width, int height) where T : unmanaged
    {
        var target = new LabelMap<T>(width, height, new T[width * height]);
        new Resizer().ResizeLabels(source, SourceRectangle.Whole(source.Width, source.Height), default, target.Labels, width, height);
        return target;
    }

    /// <summary>Fills <paramref name="target"/> [height, width, 3] from a rectangle of an image; beyond the borders their pixels are repeated.</summary>
    public void Resize(RgbImage source, in SourceRectangle from, Span<byte> target, int width, int height)
    {
        _columns.Set(source.Width, from.X, from.Width, width);
        _rows.Set(source.Height, from.Y, from.Height, height);
        // Rows are averaged first, over the columns that are needed; then the columns of the one row that is left.
        int begin = 3 * _columns.First[0], end = 3 * (_columns.First[width - 1] + _columns.Count[width - 1]);
        if (_row.Length < end - begin) _row = new float[end - begin];
        var row = _row.AsSpan(0, end - begin);
        for (int y = 0; y < height; y++)
        {
            var weights = _rows.Weights(y);
            row.Clear();
            for (int i = 0; i < weights.Length; i++)
                AddScaled(row, source.Pixels.AsSpan(3 * source.Width * (_rows.First[y] + i) + begin, row.Length), weights[i]);
            AverageColumns(row, target.Slice(3 * width * y, 3 * width), _rows.Sum[y], from.Mirrored);
        }
    }

    /// <summary>As <see cref="Resize(RgbImage, in SourceRectangle, Span{byte}, int, int)"/>, by nearest neighbour.</summary>
    public void ResizeNearest(RgbImage source, in SourceRectangle from, Span<byte> target, int width, int height)
    {
        MapColumns(source.Width, from, width);
        for (int y = 0; y < height; y++)
        {
            int sourceY = (int)Math.Clamp(Math.Floor(from.Y + (y + 0.5) * from.Height / height), 0, source.Height - 1);
            for (int x = 0; x < width; x++)
                source.Pixels.AsSpan(3 * (source.Width * sourceY + Math.Clamp(_columnIndex[x], 0, source.Width - 1)), 3).CopyTo(target[(3 * (width * y + x))..]);
        }
    }

    /// <summary>Fills <paramref name="target"/> [height, width] from a rectangle of a label map; beyond the borders lies <paramref name="outside"/>.</summary>
    public void ResizeLabels<T>(LabelMap<T> source, in SourceRectangle from, T outside, Span<T> target, int width, int height) where T : unmanaged
    {
        MapColumns(source.Width, from, width);
        for (int y = 0; y < height; y++)
        {
            int sourceY = (int)Math.Floor(from.Y + (y + 0.5) * from.Height / height);
            var targetRow = target.Slice(width * y, width);
            if ((uint)sourceY >= (uint)source.Height)
            {
                targetRow.Fill(outside);
                continue;
            }
            var row = source.Labels.AsSpan(source.Width * sourceY, source.Width);
            for (int x = 0; x < width; x++) targetRow[x] = (uint)_columnIndex[x] < (uint)row.Length ? row[_columnIndex[x]] : outside;
        }
    }

    // Source column of each target column, beyond the image where the rectangle is.
    private void MapColumns(int sourceWidth, in SourceRectangle from, int width)
    {
        if (_columnIndex.Length < width) _columnIndex = new int[width];
        for (int x = 0; x < width; x++)
            _columnIndex[from.Mirrored ? width - 1 - x : x] = (int)Math.Clamp(Math.Floor(from.X + (x + 0.5) * from.Width / width), -1, sourceWidth);
    }

    private static void AddScaled(Span<float> sums, ReadOnlySpan<byte> bytes, float weight)
    {
        int i = 0, lanes = Vector<float>.Count;
        for (; i <= sums.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(bytes[i..]), out var low, out var high);
            Vector.Widen(low, out var a, out var b);
            Vector.Widen(high, out var c, out var d);
            Add(sums[i..], a, weight);
            Add(sums[(i + lanes)..], b, weight);
            Add(sums[(i + 2 * lanes)..], c, weight);
            Add(sums[(i + 3 * lanes)..], d, weight);
        }
        for (; i < sums.Length; i++) sums[i] += weight * bytes[i];

        static void Add(Span<float> sums, Vector<uint> values, float weight) =>
            (new Vector<float>(sums) + weight * Vector.ConvertToSingle(Vector.AsVectorInt32(values))).CopyTo(sums);
    }

    private void AverageColumns(ReadOnlySpan<float> row, Span<byte> target, float rowSum, bool mirrored)
    {
        int width = target.Length / 3, begin = _columns.First[0];
        for (int x = 0; x < width; x++)
        {
            var weights = _columns.Weights(x);
            var pixels = row.Slice(3 * (_columns.First[x] - begin), 3 * weights.Length);
            float red = 0, green = 0, blue = 0;
            for (int i = 0; i < weights.Length; i++)
            {
                red += weights[i] * pixels[3 * i];
                green += weights[i] * pixels[3 * i + 1];
                blue += weights[i] * pixels[3 * i + 2];
            }
            // Divided, not multiplied by the inverse: whole ratios then round exactly, halves upwards.
            float area = rowSum * _columns.Sum[x];
            var pixel = target.Slice(3 * (mirrored ? width - 1 - x : x), 3);
            pixel[0] = (byte)(red / area + 0.5f);
            pixel[1] = (byte)(green / area + 0.5f);
            pixel[2] = (byte)(blue / area + 0.5f);
        }
    }
}
