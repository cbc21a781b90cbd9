namespace PixelNet.Native.Evaluation;

/// <summary>
/// Evaluates label maps of train ids, 0 .. L-1 and 255 for pixels that are not evaluated, image by image, by the same rules as
/// <see cref="CityscapesAccumulator"/> but without categories and instances. Not thread-safe: one a thread, merged at the end.
/// </summary>
public sealed class ClassAccumulator
{
    private const byte Ignored = 255;
    private readonly ScoredLabel[] _labels;
    // Row and column L: pixels that are not evaluated, and those that were predicted as void where that is a prediction.
    private readonly ConfusionMatrix _matrix;
    private readonly bool _predictsVoid;
    private byte[] _truth = [];

    /// <summary>An empty accumulator over L classes, at most 254.</summary>
    /// <param name="classNames">Names by train id.</param>
    /// <param name="predictsVoid">Whether L may be predicted, by a network that was trained on void as one more class: a miss on a valid pixel. The scores then have a row and column <c>void</c>.</param>
    public ClassAccumulator(IReadOnlyList<string> classNames, bool predictsVoid = false)
    {
        var classes = classNames.Select(name => new ScoredLabel(name, IsEvaluated: true));
        _labels = [.. predictsVoid ? classes.Append(new ScoredLabel("void", IsEvaluated: false)) : classes];
        _matrix = new ConfusionMatrix(classNames.Count + 1);
        _predictsVoid = predictsVoid;
    }

    /// <summary>Images added.</summary>
    public int Images { get; private set; }

    /// <summary>Adds one image.</summary>
    /// <param name="predicted">Predicted train ids below L, or L where void is predicted, [H * W].</param>
    /// <param name="truth">Ground-truth train ids below L, or 255, [H * W].</param>
    /// <exception cref="ArgumentException">Lengths differ or an id is out of range.</exception>
    public void Add(ReadOnlySpan<byte> predicted, ReadOnlySpan<byte> truth)
    {
        byte ignored = (byte)(_matrix.Size - 1);
        if (truth.Contains(ignored)) throw new ArgumentException($"label {ignored} is not below {ignored}", nameof(truth));
        if (!_predictsVoid && predicted.Contains(ignored)) throw new ArgumentException($"label {ignored} is not below {ignored}", nameof(predicted));
        if (_truth.Length < truth.Length) _truth = new byte[truth.Length];
        var rows = _truth.AsSpan(0, truth.Length);
        truth.Replace(rows, Ignored, ignored);
        _matrix.Add(rows, predicted);
        Images++;
    }

    /// <summary>Adds the images of another accumulator over the same classes.</summary>
    public void Merge(ClassAccumulator other)
    {
        _matrix.Merge(other._matrix);
        Images += other.Images;
    }

    /// <summary>The scores of all images added so far; their matrix is [L, L], over the evaluated pixels (with void predicted: [L + 1, L + 1], over all).</summary>
    public SegmentationScores Scores()
    {
        var evaluated = _matrix.Leading(_labels.Length);
        return CityscapesMetrics.Compute(_labels, evaluated, null, _matrix.Total - evaluated.Total);
    }
}
