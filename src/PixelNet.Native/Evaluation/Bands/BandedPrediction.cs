using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>
/// A dense prediction in bounded memory: tile by tile, each pulling the rows it needs through the trunk (<see cref="RollingNode"/>), so that of every map only a
/// band lies in memory. The labels have the bytes that <see cref="WholePrediction"/> gives. In memory of the host only.
/// </summary>
/// <remarks>The constructor walks the image once to measure the bands; <see cref="Allocate"/> walks it again and writes down every op with its views. For an
/// image the list is done from first to last; nothing is allocated.</remarks>
internal sealed class BandedPrediction : IDensePrediction
{
    private readonly PredictionSetup _setup;
    private readonly BandPlan _plan;
    private readonly RollingTrunk[] _trunks;
    private readonly List<RollingNode> _projections = [];
    private readonly TileLevels[] _tileLevels;
    private readonly ProjectedHead? _projectedHead;
    private readonly DirectHead? _directHead;
    private readonly RollingMap _probabilities;
    private readonly Tensor _targets, _stepState;
    private readonly bool _keepsProbabilities;
    private readonly int _outWidth;
    private int _mostLabelRows;
    private Tensor? _labels, _allProbabilities;

    /// <summary>Plans it.</summary>
    /// <param name="setup">The network and the image's size.</param>
    /// <param name="layout">Rows at once.</param>
    /// <param name="labelColumns">Columns of the label map, whose rows are those of the image; 0 = the probabilities of all pixels are kept instead.</param>
    /// <param name="mostBytes">Bytes that the plan should keep to: transformed filters are kept as far as they fit (<see cref="BandPlan.PlanMemory"/>).</param>
    public BandedPrediction(PredictionSetup setup, BandLayout layout, int labelColumns, long mostBytes)
    {
        (_setup, _outWidth, _keepsProbabilities) = (setup, labelColumns, labelColumns == 0);
        var (config, backend, input, taps) = (setup.Config, setup.Backend, setup.Input, setup.Config.Taps);
        _plan = new BandPlan(backend, setup.Real);
        RollingTrunk Trunk(string tap) => new(_plan, setup.Parameters, input, layout, tap);
        _trunks = layout.Remade == 0 ? [Trunk(taps[^1])] : [Trunk(taps[layout.Remade - 1]), Trunk(taps[^1])];
        RollingNode[] nodes = [.. taps.Select((tap, i) => _trunks[i < layout.Remade ? 0 : ^1].Taps[tap])];
        int column = 0;
        HypercolumnLevel[] levels = [.. nodes.Select((node, i) => new HypercolumnLevel(1, node.Map.Height, node.Map.Width, node.Map.Channels,
            1 << PixelNetConfig.BlockOf(taps[i]), (column += node.Map.Channels) - node.Map.Channels))];

        int tile = setup.Tile;
        _targets = Plan.Add("targets", new Shape(tile), MemoryKind.Inputs, ElementType.Int32);
        _stepState = Plan.Add("step", new Shape(StepState.ByteLength), MemoryKind.Inputs, ElementType.UInt8);
        if (ProjectedHead.Suits(config, setup.Real))
        {
            int[] rows = [.. nodes.Select((node, i) => Math.Min(layout.RowsAtOnce(levels[i].Stride), levels[i].H))];
            var head = _projectedHead = new ProjectedHead(Plan, setup.Parameters, backend, levels, rows, tile, _targets);
            for (int i = 0; i < head.Projected.Length; i++) AddProjection(head, i, nodes[head.Projected[i]], layout.RowsAtOnce(head.ProjectedLevels[i].Stride));
            _tileLevels = [new("gathered", Plan, [.. head.Gathered.Select(i => nodes[i])], head.GatheredLevels, tile), new("projected", Plan, [.. _projections], head.ProjectedLevels, tile)];
        }
        else
        {
            _directHead = new DirectHead(_plan, setup.Parameters, tile, _targets);
            _tileLevels = [new("pixel", Plan, nodes, levels, tile)];
        }
        foreach (var trunk in _trunks) trunk.ReadImage(setup.Preprocessing, setup.Height, setup.Width);
        // Pixels follow each other as rows of one column do, for tiles end anywhere.
        _probabilities = new RollingMap("all probabilities", checked(setup.Tiles * tile), 1, config.Classes, 0, setup.Real);
        Walk(trial: true);
        foreach (var map in Maps) map.Plan(Plan);
        _probabilities.Plan(Plan, whole: _keepsProbabilities);
        foreach (var trunk in _trunks) trunk.PlanOps();
        if (!_keepsProbabilities) _labels = Plan.Add("labels", new Shape(_mostLabelRows, labelColumns), MemoryKind.Activations, ElementType.UInt8);
        _plan.PlanMemory(mostBytes);
    }

    /// <inheritdoc/>
    public MemoryPlan Plan => _plan.Plan;

    /// <inheritdoc/>
    public bool GivesLabels => !_keepsProbabilities;

    /// <inheritdoc/>
    public Tensor? Probabilities => _allProbabilities;

    private IEnumerable<RollingMap> Maps => _trunks.SelectMany(trunk => trunk.Nodes).Concat(_projections).Select(node => node.Map);

    /// <summary>Whether a network can be predicted so: memory must be the host's, and no dropout may be drawn by an element's place in a whole map.</summary>
    public static bool Suits(PixelNetConfig config, IBackend backend) => backend.AllocatesHostMemory && !config.DropoutAtTest;

    /// <inheritdoc/>
    public void Allocate()
    {
        try
        {
            Plan.Allocate(_setup.Backend);
        }
        catch (InsufficientMemoryException e)
        {
            Plan.Dispose();
            throw new PixelNetException($"The prediction of an image of {_setup.Width}x{_setup.Height} needs {MemoryTable.MiB(Plan.TotalBytes)}, which the {_setup.Backend.Name} backend does "
                + $"not have ({e.Message}); take a smaller image, or a narrower network", e);
        }
        _directHead?.TakeMemory(_plan);
        _setup.Backend.Fill(_targets, 255);
        _setup.Backend.Upload(_stepState, MemoryMarshal.AsBytes([new StepState { Seed = _setup.Seed, Step = 1 }]));
        if (_keepsProbabilities) _allProbabilities = _probabilities.Rows(0, _probabilities.Height);
        Walk(trial: false);
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> image, Span<byte> labels)
    {
        _projectedHead?.RefreshWeights();
        var call = new BandCall(image, labels);
        foreach (var step in _plan.Steps) step(in call);
    }

    /// <summary>Gives the memory back; the parameters stay.</summary>
    public void Dispose() => Plan.Dispose();

    private void AddProjection(ProjectedHead head, int index, RollingNode tap, int rowsAtOnce)
    {
        var node = new RollingNode(new RollingMap($"projected map {index}", tap.Map.Height, tap.Map.Width, head.Width, 0, _setup.Real), tap, rowsAtOnce) { Follows = head.Width < tap.Map.Channels }.Join();
        node.Make = (first, count) =>
        {
            Tensor x = node.SourceRows(first, count), y = node.Map.Rows(first, first + count);
            int cells = count * tap.Map.Width;
            _plan.Steps.Add((in BandCall _) => head.Project(index, y, x, cells));
        };
        _projections.Add(node);
    }

    // Goes through the tiles; each has the rows made that it reads, and whole rows of probabilities become labels.
    private void Walk(bool trial)
    {
        var (steps, tile, width) = (_plan.Steps, _setup.Tile, _setup.Width);
        foreach (var map in Maps) map.Begin(steps);
        int labelled = 0;
        (int, int) rowsOfPixels = (-1, -1);
        TilePixels[] pixels = [];
        for (int t = 0; t < _setup.Tiles; t++)
        {
            long first = (long)t * tile;
            int firstRow = (int)(first / width), lastRow = (int)((Math.Min(first + tile, _setup.Pixels) - 1) / width);
            foreach (var levels in _tileLevels) levels.KeepFrom(firstRow);
            foreach (var levels in _tileLevels) levels.Pull(lastRow, steps, trial);
            _probabilities.MakeRoom(tile, labelled * width, steps);
            if (!trial)
            {
                // Of a wide image several tiles lie in the same rows, for which nothing was made in between: they share views.
                if ((firstRow, lastRow) != rowsOfPixels) (rowsOfPixels, pixels) = ((firstRow, lastRow), [.. _tileLevels.Select(levels => levels.Rows(firstRow, lastRow))]);
                steps.Add(Head(t * tile, pixels));
            }
            _probabilities.Advance(tile, steps);
            if (_keepsProbabilities) continue;
            int complete = (int)Math.Min((first + tile) / width, _setup.Height), rows = complete - labelled;
            _mostLabelRows = Math.Max(_mostLabelRows, rows);
            _probabilities.Measure(rows * width);
            if (!trial && rows > 0) steps.Add(Label(labelled, rows));
            labelled = complete;
        }
    }

    private BandStep Head(int first, TilePixels[] pixels)
    {
        var probabilities = _probabilities.Rows(first, first + _setup.Tile);
        return (in BandCall _) =>
        {
            foreach (var levels in _tileLevels) levels.Upload(_setup.Backend, first, _setup.Width, _setup.Height);
            if (_projectedHead is { } head) head.Forward(probabilities, pixels[0], pixels[1], _stepState);
            else _directHead!.Forward(probabilities, pixels[0], _stepState);
        };
    }

    // A label row at the rows of the image takes the scores of one row alone, so some rows can be given as an image of their own.
    private BandStep Label(int firstRow, int rows)
    {
        var (backend, width) = (_setup.Backend, _setup.Width);
        var sizes = new UpsampleSizes(rows, width, _setup.Config.Classes, rows, _outWidth);
        Tensor scores = _probabilities.Rows(firstRow * width, (firstRow + rows) * width), labels = _labels!.View("labels", new Shape(rows, _outWidth));
        return (in BandCall call) =>
        {
            backend.UpsampleArgmaxForward(labels, scores, sizes);
            backend.Download(call.Labels.Slice(firstRow * _outWidth, rows * _outWidth), labels);
        };
    }
}
