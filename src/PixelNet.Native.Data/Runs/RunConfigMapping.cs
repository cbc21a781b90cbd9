using PixelNet.Native.Backends;
using PixelNet.Native.Data.Loading;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Training;

namespace PixelNet.Native.Data.Runs;

/// <summary>A <see cref="RunConfig"/>, which is text, as the options that network, trainer and loader take.</summary>
public static class RunConfigMapping
{
    /// <summary>The network, for a data set of <paramref name="classes"/> classes.</summary>
    public static PixelNetConfig ToModel(this RunConfig config, int classes) => new()
    {
        Width = config.Model.Width,
        BatchNorm = config.Model.BatchNorm,
        Taps = config.Model.Taps,
        StandardizeTaps = config.Model.StandardizeTaps,
        Head = config.Model.Head,
        Classes = config.Defects.VoidAsClass ? classes + 1 : classes,
        Dropout = (float)config.Model.Dropout,
        TrunkInitializer = InitializerOf(config.Model.TrunkInit),
        HeadInitializer = InitializerOf(config.Model.HeadInit),
        Freeze = config.Optimizer.Freeze,
        ReluOnLogits = config.Defects.ReluOnLogits,
        DropoutAtTest = config.Defects.DropoutAtTest,
    };

    /// <summary>The optimiser, its groups and its schedule.</summary>
    public static TrainerOptions ToTrainer(this RunConfig config)
    {
        var optimizer = config.Optimizer;
        return new TrainerOptions
        {
            Optimizer = optimizer.Kind == "sgd" ? OptimizerKind.SgdMomentum : OptimizerKind.Adam,
            LearningRate = optimizer.LearningRate,
            Schedule = ToSchedule(config.Schedule),
            Sgd = new SgdMomentumOptions((float)optimizer.Momentum, (float)optimizer.WeightDecay),
            Adam = new AdamOptions((float)optimizer.Beta1, (float)optimizer.Beta2, (float)optimizer.Epsilon, (float)optimizer.WeightDecay),
            TrunkMultiplier = optimizer.TrunkMultiplier,
            HeadMultiplier = optimizer.HeadMultiplier,
            BiasMultiplier = optimizer.BiasMultiplier,
            Seed = (ulong)config.Seed,
        };
    }

    /// <summary>What is prepared for each step.</summary>
    /// <param name="config">The run's configuration.</param>
    /// <param name="classes">Number of classes of the data set, whose next id void gets where it is trained.</param>
    /// <param name="threads">Loader threads; they do not change a byte.</param>
    public static LoaderOptions ToLoader(this RunConfig config, int classes, int threads) => new()
    {
        Height = config.Input.Height,
        Width = config.Input.Width,
        Images = config.Sampling.Images,
        Pixels = config.Sampling.Pixels,
        Sampling = config.Sampling.Mode == "balanced" ? SamplingMode.Balanced : SamplingMode.Uniform,
        Seed = (ulong)config.Seed,
        Flip = config.Augmentation.Flip,
        Scale = (config.Augmentation.Scale[0], config.Augmentation.Scale[1]),
        Gain = (config.Augmentation.Gain[0], config.Augmentation.Gain[1]),
        NearestResize = config.Defects.NearestResize,
        VoidClass = config.Defects.VoidAsClass ? (byte)classes : null,
        Threads = threads,
    };

    /// <summary>(x - mean) / deviation as gain and offset, channels in the order of <see cref="InputConfig.Order"/>.</summary>
    public static ChannelTransform ToPreprocessing(this InputConfig input)
    {
        float Gain(int c) => (float)(1 / input.Deviation[c]);
        float Offset(int c) => (float)(-input.Mean[c] / input.Deviation[c]);
        return new ChannelTransform(input.Order == "bgr", Gain(0), Gain(1), Gain(2), Offset(0), Offset(1), Offset(2));
    }

    private static LearningRateSchedule ToSchedule(ScheduleConfig schedule) => new(
        schedule.Kind switch
        {
            "step" => ScheduleKind.Step,
            "poly" => ScheduleKind.Poly,
            "cosine" => ScheduleKind.Cosine,
            _ => ScheduleKind.Constant,
        },
        schedule.Steps, schedule.Warmup, schedule.Every, schedule.Factor, schedule.Power);

    private static WeightInitializer InitializerOf(string name) => name switch
    {
        "gaussian" => WeightInitializer.Gaussian,
        "truncated" => WeightInitializer.Truncated,
        _ => WeightInitializer.He,
    };
}
