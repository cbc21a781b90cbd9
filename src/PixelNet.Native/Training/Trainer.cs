using PixelNet.Native.Backends;
using PixelNet.Native.Layers;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Training;

/// <summary>
/// Trains a model: a step is LoadBatch, Forward, ZeroGradients, Backward, Update. What a step does is a pure function of the parameters, the
/// moments, the step's number, the batch and the options; it allocates nothing.
/// </summary>
public sealed class Trainer
{
    private readonly IOptimizer _optimizer;
    private readonly Action _move;
    private Action _differentiate;
    private Tensor? _classWeights;

    /// <summary>Plans the optimiser's moments in the model's plan, so it comes before <see cref="PixelNetModel.Allocate"/>.</summary>
    /// <exception cref="InvalidOperationException">The model is allocated already.</exception>
    public Trainer(PixelNetModel model, TrainerOptions options)
    {
        (Model, Options) = (model, options);
        var parameters = model.Parameters;
        var gradients = parameters.Gradients ?? throw new ArgumentException("a model for inference cannot be trained");
        var segments = parameters.Segments(options.TrunkMultiplier, options.HeadMultiplier, options.BiasMultiplier);
        Tensor Moment(string name) => model.Plan.Add(name, parameters.Values.Shape, MemoryKind.OptimizerState, model.Real);
        _optimizer = options.Optimizer == OptimizerKind.Adam
            ? new Adam { W = parameters.Values, G = gradients, M = Moment("m"), V = Moment("v"), Segments = segments, Options = options.Adam }
            : new SgdMomentum { W = parameters.Values, G = gradients, Velocity = Moment("velocity"), Segments = segments, Options = options.Sgd };
        Moments = _optimizer.Moments;
        _move = () => _optimizer.Update(Model.Backend, Model.StepState);
        _differentiate = Differentiation();
    }

    /// <summary>The model.</summary>
    public PixelNetModel Model { get; }

    /// <summary>How parameters move.</summary>
    public TrainerOptions Options { get; }

    /// <summary>The optimiser's moments, laid out as the parameters.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Moments { get; }

    /// <summary>Trains on one batch.</summary>
    /// <param name="step">The step, from 1.</param>
    /// <param name="batch">Images, samples, targets, cell lists.</param>
    /// <param name="next">Asked for the batch of the step after this one, or null, where it can come in while this one is computed.</param>
    /// <exception cref="NonFiniteException">The loss is NaN or infinite; the parameters are as they were before the step.</exception>
    public StepResult Step(long step, HostBatch batch, Func<HostBatch?>? next = null)
    {
        Model.LoadBatch(batch);
        Model.SetStepState(StateOf(step));
        // Whether there are class weights is the one thing that changes what is done, and not only with what.
        if (_classWeights != Model.Head.ClassWeights) _differentiate = Differentiation();
        Model.Backend.Repeat(_differentiate);
        if (next is not null && Model.StagesBatches && next() is { } following) Model.StageBatch(following);
        var (loss, correct) = Model.ReadLoss();
        if (!double.IsFinite(loss)) throw Diverged(step, loss);
        Update();
        return new StepResult(loss, Model.ValidCount == 0 ? 0 : correct / Model.ValidCount, RateOf(step));
    }

    /// <summary>Moves the parameters by their gradients.</summary>
    public void Update()
    {
        Model.Backend.Repeat(_move);
        Model.Backend.ParametersChanged();
    }

    /// <summary>What the device is told about a step.</summary>
    public StepState StateOf(long step) => new()
    {
        Seed = Options.Seed,
        Step = (ulong)step,
        LearningRate = (float)RateOf(step),
        AdamCorrection1 = (float)(1 - Math.Pow(Options.Adam.Beta1, step)),
        AdamCorrection2 = (float)(1 - Math.Pow(Options.Adam.Beta2, step)),
    };

    /// <summary>The learning rate of a step, before the multipliers of the parameter groups.</summary>
    public double RateOf(long step) => Options.LearningRate * Options.Schedule.Factor(step);

    private Action Differentiation()
    {
        _classWeights = Model.Head.ClassWeights;
        return () =>
        {
            Model.Forward();
            Model.ZeroGradients();
            Model.Backward();
        };
    }

    private NonFiniteException Diverged(long step, double loss)
    {
        string? name = NonFiniteSearch.First(Model)?.Name;
        return new NonFiniteException($"The loss of step {step} is {loss}: the first tensor that is not finite is '{name ?? "loss"}'; "
            + $"lower the learning rate (now {RateOf(step):G3}) or warm up over the first steps; the last checkpoint is as it was", step, name);
    }
}
