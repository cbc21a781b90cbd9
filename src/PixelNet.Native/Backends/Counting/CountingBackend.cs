using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Counting;

/// <summary>
/// Computes nothing: notes FLOPs and bytes of each op that it is given, so that the ops of a step are known before any memory is taken. Tensors need
/// none behind them. Memory that ops ask for is that of the backend behind it.
/// </summary>
/// <param name="inner">Whose workspace and derived weights are described; the caller disposes of it.</param>
/// <remarks>FLOPs are those that the op's case declares (<c>Diagnostics/Cases</c>). Of a map that a gather reads or writes at samples, at most four
/// cells a sample count.</remarks>
public sealed partial class CountingBackend(IBackend inner) : IBackend
{
    private readonly Dictionary<(string Op, string Layer), int> _index = [];
    private readonly List<CountedRow> _rows = [];

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public string Level => inner.Level;

    /// <summary>One row per op and layer, in the order of their first call.</summary>
    public IReadOnlyList<CountedRow> Rows => _rows;

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long byteLength) => throw new InvalidOperationException("a backend that only counts gives no memory");

    /// <summary>Nothing: copies from the host are no op.</summary>
    public void Upload(Tensor destination, ReadOnlySpan<byte> source)
    {
    }

    /// <inheritdoc/>
    public long StageBytes(long byteLength) => inner.StageBytes(byteLength);

    /// <inheritdoc/>
    public void Download(Span<byte> destination, Tensor source) => throw new InvalidOperationException("a backend that only counts has no results");

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public void ParametersChanged()
    {
    }

    /// <inheritdoc/>
    public OpMemoryRequest Describe(in Conv2dSizes sizes) => inner.Describe(in sizes);

    /// <inheritdoc/>
    public OpMemoryRequest Describe(in Conv2dSizes rows, in Conv2dSizes whole) => inner.Describe(in rows, in whole);

    /// <inheritdoc/>
    public OpMemoryRequest Describe(in LinearSizes sizes) => inner.Describe(in sizes);

    /// <inheritdoc/>
    public OpMemoryRequest Describe(PixelMlpSizes sizes) => inner.Describe(sizes);

    /// <inheritdoc/>
    public OpMemoryRequest Describe(in BatchNormSizes sizes) => inner.Describe(in sizes);

    /// <summary>Nothing: the backend behind it is the caller's.</summary>
    public void Dispose()
    {
    }

    private void Count(string op, string layer, long flops, long bytes)
    {
        if (!_index.TryGetValue((op, layer), out int i))
        {
            _index.Add((op, layer), i = _rows.Count);
            _rows.Add(new CountedRow(op, layer, 0, 0, 0));
        }
        var row = _rows[i];
        _rows[i] = row with { Calls = row.Calls + 1, Flops = row.Flops + flops, Bytes = row.Bytes + bytes };
    }

    private static long Bytes(params ReadOnlySpan<Tensor?> tensors)
    {
        long bytes = 0;
        foreach (var tensor in tensors) bytes += tensor?.ByteLength ?? 0;
        return bytes;
    }

    private static long Bytes(IReadOnlyList<Tensor> tensors) => tensors.Sum(tensor => tensor.ByteLength);

    /// <summary>Bytes of the cells that samples can touch: four each, at most all.</summary>
    private static long Touched(Tensor map, in HypercolumnLevel level, int sampleCount) =>
        Math.Min(map.Count, (level.Stride == 1 ? 1L : 4L) * sampleCount * level.C) * map.Type.Bytes();
}
