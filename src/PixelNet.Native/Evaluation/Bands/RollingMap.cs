using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>
/// A map [H,W,C] whose rows are made from the top, and of which only those that are still read lie in memory. Where its reader is a padded convolution, the
/// rows of zeros above and below the image lie there too, so that the reader itself pads no rows: it sees zeros at the true border and nowhere else.
/// </summary>
/// <remarks>
/// A first walk through the image, with no memory behind the map, measures how many rows it needs; the same walk again is the one that counts. Readers want
/// rows one behind the other. Where few rows are kept, they are moved to the front when the memory is full. Where many are, the memory is a ring, and its first
/// rows lie a second time behind its last one, as many as are ever read together.
/// </remarks>
internal sealed class RollingMap
{
    private readonly string _name;
    private readonly int _padding;
    private readonly ElementType _type;
    private int _first;
    // What the first walk measures: most rows in memory, most that are kept while others are made, most that are read or made together.
    private int _needed, _kept, _together;
    // Rows after which the ring begins again; 0 = none.
    private int _ring;
    private Tensor? _memory;

    /// <summary>A map of [height,width,channels], with rows of zeros above and below.</summary>
    public RollingMap(string name, int height, int width, int channels, int padding, ElementType type)
    {
        (_name, Height, Width, Channels, _padding, _type) = (name, height, width, channels, padding, type);
        (_first, _together) = (-padding, padding);
    }

    /// <summary>Rows of the whole map.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Channels.</summary>
    public int Channels { get; }

    /// <summary>Rows made so far: 0 .. End-1.</summary>
    public int End { get; private set; }

    /// <summary>Plans the memory that the first walk has measured, or that of the whole map.</summary>
    public void Plan(MemoryPlan plan, bool whole = false)
    {
        int all = Height + 2 * _padding;
        if (!whole && _kept > _together && _needed + _together < all) _ring = _needed;
        int rows = whole ? all : _ring == 0 ? _needed : _needed + _together;
        _memory = plan.Add(_name, new Shape(1, rows, Width, Channels), MemoryKind.Activations, _type);
        (_first, End) = (-_padding, 0);
    }

    /// <summary>Rows <paramref name="first"/> .. <paramref name="end"/>-1, those of the padding included.</summary>
    public Tensor Rows(int first, int end) => At(_ring == 0 ? first - _first : (first + _padding) % _ring, end - first);

    /// <summary>So many rows will be read together.</summary>
    public void Measure(int rows) => _together = Math.Max(_together, rows);

    /// <summary>Begins an image: what is above it becomes zero.</summary>
    public void Begin(List<BandStep> steps) => Clear(-_padding, steps);

    /// <summary>Makes room for more rows; those before <paramref name="keepFrom"/> are no longer read.</summary>
    public void MakeRoom(int rows, int keepFrom, List<BandStep> steps)
    {
        int more = rows + (End + rows == Height ? _padding : 0);
        keepFrom = Math.Clamp(keepFrom, _first, End);
        if (_memory is null)
        {
            Measure(rows);
            (_first, _needed, _kept) = (keepFrom, Math.Max(_needed, End - keepFrom + more), Math.Max(_kept, End - keepFrom));
        }
        else if (_ring == 0 && End - _first + more > _memory.Shape[1])
        {
            if (End > keepFrom) steps.Add(Copy(At(keepFrom - _first, End - keepFrom), At(0, End - keepFrom)));
            _first = keepFrom;
        }
    }

    /// <summary>The rows are made; below the last, zeros.</summary>
    public void Advance(int rows, List<BandStep> steps)
    {
        End += rows;
        Repeat(End - rows, End, steps);
        if (End == Height) Clear(Height, steps);
    }

    private Tensor At(int position, int rows) => _memory!.View(_name, new Shape(1, rows, Width, Channels), (long)position * Width * Channels);

    private unsafe void Clear(int row, List<BandStep> steps)
    {
        if (_memory is null || _padding == 0) return;
        var rows = Rows(row, row + _padding);
        steps.Add((in BandCall _) => new Span<byte>(Pointer(rows), checked((int)rows.ByteLength)).Clear());
        Repeat(row, row + _padding, steps);
    }

    // Where new rows lie among the first of the ring they are repeated behind its end; where they reach beyond the end, at its beginning.
    private void Repeat(int first, int end, List<BandStep> steps)
    {
        if (_ring == 0) return;
        int at = (first + _padding) % _ring, beyond = at + end - first - _ring, early = Math.Min(at + end - first, _together) - at;
        if (beyond > 0) steps.Add(Copy(At(_ring, beyond), At(0, beyond)));
        if (early > 0) steps.Add(Copy(At(at, early), At(_ring + at, early)));
    }

    // The two ranges may overlap.
    private static unsafe BandStep Copy(Tensor from, Tensor to) => (in BandCall _) => Buffer.MemoryCopy(Pointer(from), Pointer(to), to.ByteLength, from.ByteLength);

    private static unsafe byte* Pointer(Tensor rows) => ((HostBuffer)rows.Buffer).Pointer + rows.ByteOffset;
}
