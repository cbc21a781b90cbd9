namespace PixelNet.Native.Evaluation;

/// <summary>
/// A map of a prediction in bands and how its rows come about: row r is made of rows r*step - padding .. r*step - padding + window - 1 of its source.
/// Whoever wants rows pulls them, and the node pulls what it needs for them and no more; nothing is made twice, and a source keeps what the slowest of its
/// readers has not read.
/// </summary>
/// <param name="map">The rows.</param>
/// <param name="source">What they are made of; null for the image.</param>
/// <param name="rowsAtOnce">Rows that are made together, a multiple of <see cref="Tile"/>.</param>
/// <param name="step">Rows of the source from one row to the next.</param>
/// <param name="window">Rows of the source that a row is made of.</param>
/// <param name="padding">How far the first row reaches above the source.</param>
internal sealed class RollingNode(RollingMap map, RollingNode? source, int rowsAtOnce, int step = 1, int window = 1, int padding = 0)
{
    /// <summary>Rows are made from multiples of this on, so that the tiles of F(4x4,3x3) and F(2x2,3x3) lie where they do in the whole map.</summary>
    public const int Tile = 4;

    private readonly List<RollingNode> _readers = [];
    private readonly HashSet<int> _counts = [];

    public RollingMap Map => map;

    /// <summary>How many rows are made together, all numbers that occur in a first walk.</summary>
    public IReadOnlyCollection<int> Counts => _counts;

    /// <summary>First row that the head still reads from this map; int.MaxValue: it reads none.</summary>
    public int HeadFrom { get; set; } = int.MaxValue;

    /// <summary>Whether its rows are made as soon as those of its source are (a row of which makes one), because they are narrower than what would have to wait for the head.</summary>
    public bool Follows { get; init; }

    /// <summary>Plans the op that makes rows first .. first+count-1.</summary>
    public Action<int, int>? Make { get; set; }

    /// <summary>The source's rows, padding included, that rows first .. first+count-1 are made of.</summary>
    public Tensors.Tensor SourceRows(int first, int count) => source!.Map.Rows(first * step - padding, (first + count - 1) * step - padding + window);

    /// <summary>Enters this node among the readers of its source.</summary>
    public RollingNode Join()
    {
        source?._readers.Add(this);
        return this;
    }

    /// <summary>As <see cref="Pull"/>, with as many rows as are made together: for the head, which reads few at a time.</summary>
    public void PullAhead(int end, List<BandStep> steps, bool trial) => Pull(Math.Min((end + rowsAtOnce - 1) / rowsAtOnce * rowsAtOnce, map.Height), steps, trial);

    /// <summary>Makes rows until there are <paramref name="end"/>.</summary>
    /// <param name="end">At most the map's height.</param>
    /// <param name="steps">Receives what is to be done for it.</param>
    /// <param name="trial">Whether rows are counted and nothing is planned.</param>
    private void Pull(int end, List<BandStep> steps, bool trial)
    {
        end = Math.Min((end + Tile - 1) / Tile * Tile, map.Height);
        while (map.End < end)
        {
            int first = map.End, count = Math.Min(rowsAtOnce, end - first);
            if (source is not null)
            {
                source.Pull(Math.Min((first + count - 1) * step - padding + window, source.Map.Height), steps, trial);
                // What follows its source has been made by then.
                if (map.End > first) continue;
                source.Map.Measure((count - 1) * step + window);
            }
            map.MakeRoom(count, KeepFrom(), steps);
            if (trial) _counts.Add(count);
            else Make!(first, count);
            map.Advance(count, steps);
            foreach (var reader in _readers)
                if (reader.Follows) reader.Pull(map.End, steps, trial);
        }
    }

    private int KeepFrom()
    {
        int from = HeadFrom;
        foreach (var reader in _readers)
            if (reader.Map.End < reader.Map.Height) from = Math.Min(from, reader.NextSourceRow);
        return from;
    }

    private int NextSourceRow => map.End * step - padding;
}
