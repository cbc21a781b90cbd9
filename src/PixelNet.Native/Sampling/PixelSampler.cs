using System.Numerics;
using PixelNet.Native.Backends;

namespace PixelNet.Native.Sampling;

/// <summary>
/// Chooses the M pixels of a batch that are trained on (Bansal et al., "PixelNet", section 3.1: a few random pixels of each image are enough, since
/// neighbours tell nearly the same). Per image M/N valid pixels uniformly without replacement, or in equal parts from the classes present.
/// An image with fewer valid pixels gives each of them equally often (the list is tiled); one with none gives none, and the others take its share.
/// What is drawn is a pure function of (seed, step, labels). One instance a thread: it keeps scratch and allocates nothing.
/// </summary>
public sealed class PixelSampler
{
    private readonly NormalizeSizes _sizes;
    private readonly SamplingMode _mode;
    private readonly ulong _seed;
    // Positions of an image's valid pixels in raster order; where balanced, class by class. At most H*W.
    private readonly int[] _pixels;
    // One bit a rank: whether the pixel of that rank gets one sample more than the others.
    private readonly ulong[] _marks;
    private readonly int[] _classEnds = new int[255];
    private readonly int[] _valid;

    /// <summary>Makes the scratch of a sampler.</summary>
    /// <param name="sizes">N, H, W of the batch.</param>
    /// <param name="mode">Uniform or balanced.</param>
    /// <param name="seed">Key of the random numbers.</param>
    public PixelSampler(in NormalizeSizes sizes, SamplingMode mode, ulong seed)
    {
        (_sizes, _mode, _seed) = (sizes, mode, seed);
        _pixels = new int[sizes.H * sizes.W];
        _marks = new ulong[(sizes.H * sizes.W + 63) / 64];
        _valid = new int[sizes.N];
    }

    /// <summary>Draws the samples of a step.</summary>
    /// <param name="step">The step, from 1.</param>
    /// <param name="labels">Train ids [N,H,W]; 255 is never drawn.</param>
    /// <param name="samples">[M*3]: (image, y, x) in raster order.</param>
    /// <param name="targets">[M]: their train ids.</param>
    /// <exception cref="PixelNetException">No image of the batch has a valid pixel.</exception>
    public SamplingOutcome Sample(long step, ReadOnlySpan<byte> labels, Span<int> samples, Span<int> targets)
    {
        int area = _sizes.H * _sizes.W, images = 0;
        for (int n = 0; n < _sizes.N; n++)
        {
            _valid[n] = area - labels.Slice(n * area, area).Count((byte)255);
            if (_valid[n] > 0) images++;
        }
        if (images == 0)
            throw new PixelNetException($"No image of step {step} has a pixel to train on: all labels are 'ignored'; check the label files, or take more images a step");

        var outcome = new SamplingOutcome(-1, 0);
        int written = 0, left = images;
        for (int n = 0; n < _sizes.N; n++)
        {
            // What is left is shared equally among the images that are left: quotas differ by one at most.
            int quota = left == 0 ? 0 : (targets.Length - written + left - 1) / left;
            if ((_valid[n] == 0 || _valid[n] < quota) && outcome.ShortImage < 0) outcome = new SamplingOutcome(n, _valid[n]);
            if (_valid[n] == 0) continue;
            left--;
            SampleImage(new PhiloxStream(_seed, RandomPurpose.Pixels, (uint)step, (uint)n), n, labels.Slice(n * area, area),
                samples.Slice(3 * written, 3 * quota), targets.Slice(written, quota));
            written += quota;
        }
        return outcome;
    }

    private void SampleImage(PhiloxStream random, int image, ReadOnlySpan<byte> labels, Span<int> samples, Span<int> targets)
    {
        // The chosen positions are gathered in targets first, then replaced by their labels.
        var chosen = targets;
        if (_mode == SamplingMode.Uniform)
        {
            Choose(ref random, _pixels.AsSpan(0, CollectValid(labels)), chosen);
        }
        else
        {
            Balance(ref random, labels, chosen);
            chosen.Sort();
        }
        for (int m = 0; m < chosen.Length; m++)
        {
            int position = chosen[m];
            int y = position / _sizes.W;
            (samples[3 * m], samples[3 * m + 1], samples[3 * m + 2]) = (image, y, position - y * _sizes.W);
            targets[m] = labels[position];
        }
    }

    private void Balance(ref PhiloxStream random, ReadOnlySpan<byte> labels, Span<int> chosen)
    {
        SortByClass(labels);
        int present = 255 - _classEnds.AsSpan(0, 255).Count(0);
        // The classes that take one sample more when the quota does not come out even begin at a random one.
        int quota = chosen.Length / present, extra = chosen.Length % present, first = random.NextInt(present);
        int written = 0, start = 0, rank = 0;
        for (int c = 0; c < 255; c++)
        {
            if (_classEnds[c] == 0) continue;
            int count = quota + ((rank++ - first + present) % present < extra ? 1 : 0);
            Choose(ref random, _pixels.AsSpan(start.._classEnds[c]), chosen.Slice(written, count));
            start = _classEnds[c];
            written += count;
        }
    }

    // Counting sort: positions of class 0, of class 1, … in raster order each. Leaves the ends; 0 where a class is absent.
    private void SortByClass(ReadOnlySpan<byte> labels)
    {
        Span<int> next = stackalloc int[256];
        next.Clear();
        foreach (byte label in labels) next[label]++;
        int sum = 0;
        for (int c = 0; c < 255; c++)
        {
            int count = next[c];
            next[c] = sum;
            sum += count;
            _classEnds[c] = count == 0 ? 0 : sum;
        }
        for (int p = 0; p < labels.Length; p++)
            if (labels[p] != 255) _pixels[next[labels[p]]++] = p;
    }

    private int CollectValid(ReadOnlySpan<byte> labels)
    {
        int count = 0;
        for (int p = 0; p < labels.Length; p++)
        {
            // Written always, kept only if valid: no branch to mispredict.
            _pixels[count] = p;
            count += labels[p] != 255 ? 1 : 0;
        }
        return count;
    }

    /// <summary>
    /// Chooses chosen.Length of the pixels, in their order: each chosen.Length / pixels.Length times, and a random subset of the remainder's size once more (Floyd's algorithm, CACM 30(9), 1987: as many draws as members, no list to shuffle).
    /// </summary>
    private void Choose(ref PhiloxStream random, ReadOnlySpan<int> pixels, Span<int> chosen)
    {
        int count = pixels.Length;
        int times = chosen.Length / count, more = chosen.Length % count;
        var marks = _marks.AsSpan(0, (count + 63) / 64);
        marks.Clear();
        for (int j = count - more; j < count; j++)
        {
            int rank = random.NextInt(j + 1);
            if ((marks[rank >> 6] >> rank & 1) != 0) rank = j;
            marks[rank >> 6] |= 1UL << rank;
        }
        int written = 0;
        if (times == 0)
        {
            for (int word = 0; word < marks.Length; word++)
                for (ulong bits = marks[word]; bits != 0; bits &= bits - 1)
                    chosen[written++] = pixels[word * 64 + BitOperations.TrailingZeroCount(bits)];
            return;
        }
        for (int rank = 0; rank < count; rank++)
        {
            int copies = times + (int)(marks[rank >> 6] >> rank & 1);
            chosen.Slice(written, copies).Fill(pixels[rank]);
            written += copies;
        }
    }
}
