using PixelNet.Native.Backends;

namespace PixelNet.Native.Training;

/// <summary>How parameters move.</summary>
public sealed record TrainerOptions
{
    /// <summary>Which optimiser.</summary>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>Learning rate at the schedule's factor 1.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>The factor over the steps.</summary>
    public LearningRateSchedule Schedule { get; init; } = new(ScheduleKind.Constant, 1);

    /// <summary>Momentum and decay of SGD.</summary>
    public SgdMomentumOptions Sgd { get; init; } = new(0.9f, 0);

    /// <summary>Betas, epsilon and decay of Adam.</summary>
    public AdamOptions Adam { get; init; } = new(0.9f, 0.999f, 1e-8f, 0);

    /// <summary>Multiplies the learning rate of the trunk.</summary>
    public double TrunkMultiplier { get; init; } = 1;

    /// <summary>Multiplies the learning rate of the head (10 in the authors' fine-tuning; pixelnet.md 3).</summary>
    public double HeadMultiplier { get; init; } = 1;

    /// <summary>Multiplies the learning rate of biases, on top (2 in Caffe's settings); batch normalisation is not concerned.</summary>
    public double BiasMultiplier { get; init; } = 1;

    /// <summary>Key of the random numbers drawn inside a step: dropout.</summary>
    public ulong Seed { get; init; }
}

/// <summary>The optimisers.</summary>
public enum OptimizerKind
{
    /// <summary>Adam with decoupled decay.</summary>
    Adam,

    /// <summary>SGD with momentum in Caffe's form.</summary>
    SgdMomentum,
}
