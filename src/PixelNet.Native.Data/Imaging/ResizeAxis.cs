namespace PixelNet.Native.Data.Imaging;

/// <summary>
/// The weights of one axis of a resize: target j averages the source over a box of width max(ratio, 1) around its centre. Shrinking, that is the area
/// rule (exact for whole ratios); enlarging, the overlaps of a box of width 1 with two pixels are the bilinear weights. What the box covers outside
/// the image counts for the border pixel.
/// </summary>
internal sealed class ResizeAxis
{
    private int _taps;

    /// <summary>First source pixel of each target.</summary>
    public int[] First { get; private set; } = [];

    /// <summary>How many source pixels each target takes.</summary>
    public int[] Count { get; private set; } = [];

    /// <summary>Sum of each target's weights.</summary>
    public float[] Sum { get; private set; } = [];

    private float[] _weights = [];

    /// <summary>Weights of target <paramref name="j"/>; Count[j] are meant.</summary>
    public ReadOnlySpan<float> Weights(int j) => _weights.AsSpan(j * _taps, Count[j]);

    /// <summary>Computes the weights of <paramref name="targets"/> targets over source pixels start .. start + length of <paramref name="sources"/>.</summary>
    public void Set(int sources, double start, double length, int targets)
    {
        double ratio = length / targets, half = Math.Max(ratio, 1) / 2;
        _taps = (int)Math.Ceiling(2 * half) + 1;
        if (First.Length < targets) (First, Count, Sum) = (new int[targets], new int[targets], new float[targets]);
        if (_weights.Length < targets * _taps) _weights = new float[targets * _taps];
        for (int j = 0; j < targets; j++)
        {
            double centre = start + (j + 0.5) * ratio, from = centre - half, to = centre + half;
            int first = (int)Math.Clamp(Math.Floor(from), 0, sources - 1), last = (int)Math.Clamp(Math.Ceiling(to) - 1, first, sources - 1);
            (First[j], Count[j], Sum[j]) = (first, last - first + 1, 0);
            for (int i = first; i <= last; i++)
            {
                // A border pixel extends to infinity.
                double left = i == 0 ? from : Math.Max(from, i), right = i == sources - 1 ? to : Math.Min(to, i + 1);
                float weight = (float)(right - left);
                _weights[j * _taps + i - first] = weight;
                Sum[j] += weight;
            }
        }
    }
}
