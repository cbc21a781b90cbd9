namespace PixelNet.Native.Evaluation;

/// <summary>
/// M[i, j]: how many pixels of label i were predicted as label j, over all images added, ignored labels included. Every score comes from the
/// summed matrix, never from averages over images. Counts are 64-bit integers, so merged parts equal the whole in any order. Not thread-safe:
/// one matrix a thread, merged at the end. Counterparts: <see cref="CityscapesMetrics"/>, <see cref="InstanceTally"/>.
/// </summary>
public sealed class ConfusionMatrix
{
    // Label maps are runs of one label: neighbours count in tables of their own, or each increment would wait for the last one's store.
    private const int Lanes = 4;
    private readonly long[] _counts;
    private readonly uint[] _lanes;

    /// <summary>An empty matrix of <paramref name="size"/> x <paramref name="size"/> labels, 1 to 256.</summary>
    public ConfusionMatrix(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, 256);
        Size = size;
        _counts = new long[size * size];
        _lanes = new uint[Lanes * _counts.Length];
    }

    /// <summary>Number of labels: rows (ground truth) and columns (prediction).</summary>
    public int Size { get; }

    /// <summary>Pixels of label <paramref name="truth"/> that were predicted as <paramref name="predicted"/>.</summary>
    public long this[int truth, int predicted] => _counts[truth * Size + predicted];

    /// <summary>All pixels added.</summary>
    public long Total => Sum(_counts);

    /// <summary>Pixels whose ground truth is <paramref name="truth"/>, whatever was predicted.</summary>
    public long RowSum(int truth) => Sum(_counts.AsSpan(truth * Size, Size));

    /// <summary>The row of <paramref name="truth"/>, [Size].</summary>
    public ReadOnlySpan<long> Row(int truth) => _counts.AsSpan(truth * Size, Size);

    /// <summary>Pixels whose ground truth is one of <paramref name="rows"/> and whose prediction is one of <paramref name="columns"/>.</summary>
    public long Sum(IEnumerable<int> rows, IEnumerable<int> columns) => rows.Sum(row => columns.Sum(column => this[row, column]));

    /// <summary>Counts the pixels of one image.</summary>
    /// <param name="truth">Ground-truth labels, each below <see cref="Size"/>.</param>
    /// <param name="predicted">Predicted labels, same length, each below <see cref="Size"/>.</param>
    /// <exception cref="ArgumentException">The lengths differ or a label is out of range; nothing was counted.</exception>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> predicted)
    {
        if (truth.Length != predicted.Length) throw new ArgumentException($"{predicted.Length} predicted pixels for {truth.Length} of the ground truth", nameof(predicted));
        RequireLabels(truth, nameof(truth));
        RequireLabels(predicted, nameof(predicted));
        int size = Size, cells = _counts.Length, p = 0;
        var lanes = _lanes;
        for (; p <= truth.Length - Lanes; p += Lanes)
        {
            lanes[truth[p] * size + predicted[p]]++;
            lanes[cells + truth[p + 1] * size + predicted[p + 1]]++;
            lanes[2 * cells + truth[p + 2] * size + predicted[p + 2]]++;
            lanes[3 * cells + truth[p + 3] * size + predicted[p + 3]]++;
        }
        for (; p < truth.Length; p++) lanes[truth[p] * size + predicted[p]]++;
        for (int i = 0; i < lanes.Length; i++) _counts[i % cells] += lanes[i];
        Array.Clear(lanes);
    }

    /// <summary>Adds the counts of another matrix of the same size.</summary>
    public void Merge(ConfusionMatrix other)
    {
        if (other.Size != Size) throw new ArgumentException($"a matrix of {other.Size} labels cannot be added to one of {Size}", nameof(other));
        for (int i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
    }

    /// <summary>A copy of the first <paramref name="size"/> rows and columns.</summary>
    public ConfusionMatrix Leading(int size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, Size);
        var leading = new ConfusionMatrix(size);
        for (int row = 0; row < size; row++) Row(row)[..size].CopyTo(leading._counts.AsSpan(row * size));
        return leading;
    }

    private static long Sum(ReadOnlySpan<long> counts)
    {
        long sum = 0;
        foreach (long count in counts) sum += count;
        return sum;
    }

    private void RequireLabels(ReadOnlySpan<byte> labels, string name)
    {
        int bad = labels.IndexOfAnyExceptInRange((byte)0, (byte)(Size - 1));
        if (bad >= 0) throw new ArgumentException($"label {labels[bad]} of pixel {bad} is not below {Size}", name);
    }
}
