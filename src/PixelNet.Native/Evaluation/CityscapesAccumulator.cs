namespace PixelNet.Native.Evaluation;

/// <summary>
/// Evaluates label maps of stored ids (Cityscapes: 0..33, ignored ones included) image by image, with instance maps where there are any. The order of
/// images and the way they are spread over accumulators do not change a bit of the scores. Not thread-safe: one a thread, merged at the end.
/// </summary>
/// <param name="labels">The label table, by id; Cityscapes' is <c>CityscapesScoring.Labels</c>.</param>
public sealed class CityscapesAccumulator(IReadOnlyList<ScoredLabel> labels)
{
    private readonly ConfusionMatrix _matrix = new(labels.Count);
    private readonly InstanceTally _instances = new(labels);
    private bool _instancesMissing;

    /// <summary>Images added.</summary>
    public int Images { get; private set; }

    /// <summary>Adds one image.</summary>
    /// <param name="predicted">Predicted ids, [H * W].</param>
    /// <param name="truth">Ground-truth ids, [H * W].</param>
    /// <param name="instances">Instance ids, [H * W]; empty if there are none, then the instance-weighted scores are NaN.</param>
    /// <exception cref="ArgumentException">Lengths differ, an id is not in the table, or an instance is of a label without instances.</exception>
    public void Add(ReadOnlySpan<byte> predicted, ReadOnlySpan<byte> truth, ReadOnlySpan<ushort> instances = default)
    {
        _matrix.Add(truth, predicted);
        if (instances.IsEmpty) _instancesMissing = true;
        else _instances.Add(instances, predicted);
        Images++;
    }

    /// <summary>Adds the images of another accumulator over the same labels.</summary>
    public void Merge(CityscapesAccumulator other)
    {
        _matrix.Merge(other._matrix);
        _instances.Merge(other._instances);
        _instancesMissing |= other._instancesMissing;
        Images += other.Images;
    }

    /// <summary>The scores of all images added so far.</summary>
    public SegmentationScores Scores() =>
        CityscapesMetrics.Compute(labels, _matrix.Leading(_matrix.Size), _instancesMissing || Images == 0 ? null : _instances);
}
