using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>A dense prediction with all tapped maps in memory: the trunk once, then the head tile by tile. For memory of any kind, a GPU's too.</summary>
internal sealed class WholePrediction : IDensePrediction
{
    private readonly PredictionSetup _setup;
    private readonly PixelNetModel _model;
    private readonly ProjectedHead? _head;
    private readonly Tensor[] _projected = [], _gathered = [];
    private readonly Tensor _probabilities, _targets;
    private readonly Tensor[] _tileSamples, _tileProbabilities;
    private readonly byte[] _extended = [];

    /// <summary>Plans it.</summary>
    public WholePrediction(PredictionSetup setup)
    {
        _setup = setup;
        var (config, backend, input, real, tile) = (setup.Config, setup.Backend, setup.Input, setup.Real, setup.Tile);
        bool projected = ProjectedHead.Suits(config, real);
        // Where the head is taken apart, the model is only needed for its trunk.
        _model = new PixelNetModel(config, backend, input, projected ? 1 : tile, ModelMode.Inference, setup.Preprocessing, real, setup.Parameters);
        _targets = projected ? Plan.Add("tile targets", new Shape(tile), MemoryKind.Inputs, ElementType.Int32) : _model.Targets;
        if (projected)
        {
            _head = new ProjectedHead(Plan, setup.Parameters, backend, _model.Levels, [.. _model.Levels.Select(level => level.H)], tile, _targets);
            _gathered = [.. _head.Gathered.Select(i => _model.Hypercolumn.Maps[i])];
            _projected = [.. _head.ProjectedLevels.Select((level, i) => Plan.Add($"projected map {i}", new Shape(level.N, level.H, level.W, level.C), MemoryKind.Activations))];
        }
        int rows = checked(setup.Tiles * tile);
        var samples = Plan.Add("all samples", new Shape(rows, 3), MemoryKind.Inputs, ElementType.Int32);
        _probabilities = Plan.Add("all probabilities", new Shape(rows, config.Classes), MemoryKind.Activations, real);
        _tileSamples = [.. Enumerable.Range(0, setup.Tiles).Select(i => samples.View("samples", new Shape(tile, 3), 3L * tile * i))];
        var shape = new Shape(tile, config.Classes);
        _tileProbabilities = [.. Enumerable.Range(0, setup.Tiles).Select(i => _probabilities.View("probabilities", shape, i * shape.Count))];
        if (input.H != setup.Height || input.W != setup.Width) _extended = new byte[input.H * input.W * 3];
    }

    /// <inheritdoc/>
    public MemoryPlan Plan => _model.Plan;

    /// <inheritdoc/>
    public bool GivesLabels => false;

    /// <inheritdoc/>
    public Tensor Probabilities => _probabilities;

    /// <inheritdoc/>
    public void Allocate()
    {
        _model.Allocate();
        var samples = new int[3 * _setup.Tile];
        for (int tile = 0, p = 0; tile < _tileSamples.Length; tile++)
        {
            for (int m = 0; m < samples.Length; m += 3, p++)
                (samples[m], samples[m + 1], samples[m + 2]) = p < _setup.Pixels ? (0, p / _setup.Width, p % _setup.Width) : (0, 0, 0);
            _setup.Backend.Upload(_tileSamples[tile], MemoryMarshal.AsBytes<int>(samples));
        }
        _setup.Backend.Fill(_targets, 255);
    }

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<byte> image, Span<byte> labels)
    {
        _setup.Backend.Upload(_model.Images, Extend(image));
        _model.SetStepState(new StepState { Seed = _setup.Seed, Step = 1 });
        _model.ForwardTrunk();
        if (_head is not null) Project(_head);
        for (int tile = 0; tile < _tileSamples.Length; tile++)
        {
            if (_setup.Config.DropoutAtTest) _model.SetStepState(new StepState { Seed = _setup.Seed, Step = (ulong)tile + 1 });
            Tensor samples = _tileSamples[tile], probabilities = _tileProbabilities[tile];
            if (_head is null) _model.ForwardHead(samples, probabilities);
            else _head.Forward(probabilities, new(_gathered, _head.GatheredLevels, samples), new(_projected, _head.ProjectedLevels, samples), _model.StepState);
        }
    }

    /// <summary>Gives the memory back; the parameters stay.</summary>
    public void Dispose() => _model.Dispose();

    private void Project(ProjectedHead head)
    {
        head.RefreshWeights();
        for (int i = 0; i < _projected.Length; i++)
        {
            var level = head.ProjectedLevels[i];
            head.Project(i, _projected[i], _model.Hypercolumn.Maps[head.Projected[i]], level.N * level.H * level.W);
        }
    }

    /// <summary>The image, with its last row and column repeated up to the network's input where it is smaller than that.</summary>
    private ReadOnlySpan<byte> Extend(ReadOnlySpan<byte> image)
    {
        if (_extended.Length == 0) return image;
        var input = _model.Input;
        for (int y = 0; y < input.H; y++)
        {
            var row = image.Slice(Math.Min(y, _setup.Height - 1) * _setup.Width * 3, _setup.Width * 3);
            var extended = _extended.AsSpan(y * input.W * 3, input.W * 3);
            for (int x = 0; x < input.W; x++) row.Slice(Math.Min(x, _setup.Width - 1) * 3, 3).CopyTo(extended.Slice(x * 3));
        }
        return _extended;
    }
}
