using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

/// <summary>
/// The tensors of a batch — images, samples, targets, and in training the cell list of each level — one behind the other in one run of memory, so that
/// a batch moves in one piece. Where the backend can bring data in while it computes, there is a second run in which the next batch waits.
/// </summary>
internal sealed class BatchMemory
{
    private readonly IBackend _backend;
    private readonly List<(string Name, Shape Shape, ElementType Type, long Offset)> _parts = [];
    private readonly Tensor[] _tensors;
    private readonly Tensor _batch;
    private readonly Tensor? _next;
    private readonly ElementType _real;
    // The bilinear weights of one level in double; only where _real is Float64.
    private readonly double[] _doubleWeights;
    private HostBatch? _staged;
    private long _stagedStep;

    /// <summary>Plans the memory.</summary>
    /// <param name="plan">Where.</param>
    /// <param name="backend">What it is for.</param>
    /// <param name="input">N, H, W.</param>
    /// <param name="sampleCount">M.</param>
    /// <param name="listed">Levels that have cell lists.</param>
    /// <param name="real">Float32 or Float64.</param>
    public BatchMemory(MemoryPlan plan, IBackend backend, in NormalizeSizes input, int sampleCount, IReadOnlyList<HypercolumnLevel> listed, ElementType real)
    {
        (_backend, _real) = (backend, real);
        Add("images", new Shape(input.N, input.H, input.W, 3), ElementType.UInt8);
        Add("samples", new Shape(sampleCount, 3), ElementType.Int32);
        Add("targets", new Shape(sampleCount), ElementType.Int32);
        for (int i = 0; i < listed.Count; i++)
        {
            int capacity = CellListBuilder.Capacity(listed[i], sampleCount);
            Add($"cell counts {i}", new Shape(2), ElementType.Int32);
            Add($"cells {i}", new Shape(capacity), ElementType.Int32);
            Add($"cell starts {i}", new Shape(capacity + 1), ElementType.Int32);
            Add($"cell samples {i}", new Shape(4 * sampleCount), ElementType.Int32);
            Add($"cell weights {i}", new Shape(4 * sampleCount), real);
        }
        long bytes = End(_parts[^1]);
        _batch = Plan(plan, "batch", bytes);
        _tensors = [.. _parts.Select(part => _batch.View(part.Name, part.Shape, part.Type, part.Offset))];
        if (backend.StageBytes(bytes) is > 0 and var stage) _next = Plan(plan, "next batch", stage);
        Cells = [.. Enumerable.Range(0, listed.Count).Select(i => 3 + 5 * i).Select(t => new CellList(_tensors[t], _tensors[t + 1], _tensors[t + 2], _tensors[t + 3], _tensors[t + 4]))];
        _doubleWeights = real == ElementType.Float64 && listed.Count > 0 ? new double[4 * sampleCount] : [];
    }

    /// <summary>uint8 RGB [N,H,W,3].</summary>
    public Tensor Images => _tensors[0];

    /// <summary>(image, y, x), int32 [M,3].</summary>
    public Tensor Samples => _tensors[1];

    /// <summary>Train ids, int32 [M].</summary>
    public Tensor Targets => _tensors[2];

    /// <summary>The cell list of each level.</summary>
    public CellList[] Cells { get; }

    /// <summary>Whether a batch can come in while another one is used.</summary>
    public bool HasStage => _next is not null;

    /// <summary>Begins to bring in the batch that <see cref="Load"/> is given next; where there is no stage, over the last one.</summary>
    public void Stage(HostBatch batch)
    {
        Put<byte>(0, batch.Images);
        Put<int>(1, batch.Samples);
        Put<int>(2, batch.Targets);
        for (int i = 0; i < Cells.Length; i++)
        {
            var list = batch.Cells[i];
            int first = 3 + 5 * i;
            if (_real == ElementType.Float64)
            {
                // The loader's weights are rounded to float; in double they are made anew.
                CellListBuilder.Build<double>(list.Counts, list.Cells, list.Starts, list.Samples, _doubleWeights, batch.Samples, list.Level);
                Put<double>(first + 4, _doubleWeights);
            }
            else
            {
                Put<float>(first + 4, list.Weights);
            }
            Put<int>(first, list.Counts);
            Put<int>(first + 1, list.Cells);
            Put<int>(first + 2, list.Starts);
            Put<int>(first + 3, list.Samples);
        }
        (_staged, _stagedStep) = (batch, batch.Step);
    }

    /// <summary>Puts a batch in place for the ops to come; it is brought in now if it was not staged.</summary>
    public void Load(HostBatch batch)
    {
        if (_next is null || _staged != batch || _stagedStep != batch.Step) Stage(batch);
        if (_next is not null) _backend.Unstage(_batch, _next);
        _staged = null;
    }

    private void Put<T>(int part, ReadOnlySpan<T> source) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(source);
        if (_next is null) _backend.Upload(_tensors[part], bytes);
        else _backend.Stage(_next, _parts[part].Offset, bytes);
    }

    private void Add(string name, Shape shape, ElementType type) => _parts.Add((name, shape, type, _parts.Count == 0 ? 0 : End(_parts[^1])));

    private static long End((string Name, Shape Shape, ElementType Type, long Offset) part) =>
        part.Offset + (part.Shape.Count * part.Type.Bytes() + MemoryPlan.Alignment - 1) / MemoryPlan.Alignment * MemoryPlan.Alignment;

    private static Tensor Plan(MemoryPlan plan, string name, long bytes) =>
        plan.Add(name, new Shape(checked((int)(bytes / MemoryPlan.Alignment)), MemoryPlan.Alignment), MemoryKind.Inputs, ElementType.UInt8);
}
