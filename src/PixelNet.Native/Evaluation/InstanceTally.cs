namespace PixelNet.Native.Evaluation;

/// <summary>
/// What instance-weighted scores need: for each label and instance size s, how many instances there were and how many of their pixels were
/// predicted right. Kept as integers by size, so that merged parts equal the whole bit for bit; the weights average size / s are applied at the end,
/// in a fixed order. Instance maps hold id * 1000 + number for single objects and values up to 1000 for stuff and for groups, which are no instances.
/// Counterparts: <see cref="ConfusionMatrix"/>, <see cref="CityscapesMetrics"/>.
/// </summary>
public sealed class InstanceTally
{
    /// <summary>Values above this are instances; value / 1000 is the label.</summary>
    public const int LastStuffValue = 1000;

    private readonly IReadOnlyList<ScoredLabel> _labels;
    private readonly byte[] _category = new byte[256];
    private readonly Seen[] _seen = new Seen[ushort.MaxValue + 1];
    private readonly SortedDictionary<(int Label, int Size), Counts> _counts = [];

    /// <summary>An empty tally over a label table.</summary>
    public InstanceTally(IReadOnlyList<ScoredLabel> labels)
    {
        _labels = labels;
        Array.Fill(_category, byte.MaxValue);
        string?[] names = [.. labels.Select(label => label.Category).Distinct()];
        for (int id = 0; id < labels.Count; id++) _category[id] = (byte)Array.IndexOf(names, labels[id].Category);
    }

    /// <summary>Whether an instance map over <paramref name="labels"/> may hold this value: stuff, an instance, or anything of an ignored label.</summary>
    public static bool IsLegal(IReadOnlyList<ScoredLabel> labels, int value) =>
        value <= LastStuffValue || (value / 1000 < labels.Count && (!labels[value / 1000].IsEvaluated || labels[value / 1000].HasInstances));

    /// <summary>Counts the instances of one image. Those of labels that are not evaluated are skipped.</summary>
    /// <param name="instances">Instance ids.</param>
    /// <param name="predicted">Predicted labels, same length.</param>
    /// <exception cref="ArgumentException">The lengths differ, or an instance is of an unknown label or of one without instances; nothing was counted.</exception>
    public void Add(ReadOnlySpan<ushort> instances, ReadOnlySpan<byte> predicted)
    {
        if (instances.Length != predicted.Length) throw new ArgumentException($"{instances.Length} pixels of the instance map for {predicted.Length} predicted ones", nameof(instances));
        Array.Clear(_seen);
        for (int p = 0; p < instances.Length; p++)
        {
            int value = instances[p];
            if (value <= LastStuffValue) continue;
            int label = value / 1000, guess = predicted[p];
            ref var seen = ref _seen[value];
            seen.Size++;
            seen.Hits += guess == label ? 1 : 0;
            seen.CategoryHits += _category[guess] == _category[label] ? 1 : 0;
        }
        for (int value = LastStuffValue + 1; value < _seen.Length; value++)
            if (_seen[value].Size > 0 && !IsLegal(_labels, value)) throw new ArgumentException($"instance {value} is of a label without instances", nameof(instances));
        for (int value = LastStuffValue + 1; value < _seen.Length; value++)
        {
            var seen = _seen[value];
            if (seen.Size > 0 && _labels[value / 1000].IsScoredByInstance) Count((value / 1000, seen.Size), new Counts(1, seen.Hits, seen.CategoryHits));
        }
    }

    /// <summary>Adds the counts of another tally over the same labels.</summary>
    public void Merge(InstanceTally other)
    {
        foreach (var (key, counts) in other._counts) Count(key, counts);
    }

    /// <summary>Weighted pixels of the instances of a label that were predicted as this label (iTP), and the rest of their pixels (iFN).</summary>
    public (double Hits, double Misses) OfLabel(int label) => Weigh(id => id == label, counts => counts.Hits);

    /// <summary>Weighted pixels of the instances of all labels of a category that were predicted as any label of it, ignored ones included, and the rest; each instance has the weight of its own label.</summary>
    public (double Hits, double Misses) OfCategory(string category) => Weigh(id => _labels[id].Category == category, counts => counts.CategoryHits);

    private (double Hits, double Misses) Weigh(Func<int, bool> includes, Func<Counts, long> hitsOf)
    {
        double hits = 0, misses = 0;
        foreach (var ((label, size), counts) in _counts)
        {
            if (!includes(label)) continue;
            double weight = _labels[label].AverageInstanceSize / size;
            hits += weight * hitsOf(counts);
            misses += weight * (counts.Instances * size - hitsOf(counts));
        }
        return (hits, misses);
    }

    private void Count((int Label, int Size) key, Counts more)
    {
        var counts = _counts.GetValueOrDefault(key);
        _counts[key] = new Counts(counts.Instances + more.Instances, counts.Hits + more.Hits, counts.CategoryHits + more.CategoryHits);
    }

    // One instance of the image at hand.
    private struct Seen
    {
        public int Size, Hits, CategoryHits;
    }

    // All instances of one label and size.
    private readonly record struct Counts(long Instances, long Hits, long CategoryHits);
}
