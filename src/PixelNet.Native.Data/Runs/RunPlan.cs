using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Counting;
using PixelNet.Native.Data.Loading;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;
using PixelNet.Native.Training;

namespace PixelNet.Native.Data.Runs;

/// <summary>What a training run will take on one backend, before any of it is taken: bytes by kind, and FLOPs and bytes of each op of a step.</summary>
public sealed class RunPlan
{
    private readonly long[] _bytes;

    private RunPlan(RunConfig config, PixelNetModel model, long validationBytes, long hostBytes, long cachedBytes, IReadOnlyList<CountedRow> ops)
    {
        (Config, ValidationBytes, HostBytes, CachedBytes, Ops) = (config, validationBytes, hostBytes, cachedBytes, ops);
        _bytes = [.. Enum.GetValues<MemoryKind>().Select(model.Plan.BytesOf)];
        (Model, ParameterCount) = (model.Config, model.Parameters.Count);
        HeadParameterCount = model.Parameters.All.Where(parameter => parameter.InHead).Sum(parameter => parameter.Value.Count);
    }

    /// <summary>The run.</summary>
    public RunConfig Config { get; }

    /// <summary>Its network.</summary>
    public PixelNetConfig Model { get; }

    /// <summary>Number of parameters.</summary>
    public long ParameterCount { get; }

    /// <summary>Those of the head among them.</summary>
    public long HeadParameterCount { get; }

    /// <summary>Bytes of a validation or prediction on the backend, beside the parameters.</summary>
    public long ValidationBytes { get; }

    /// <summary>Bytes of batches and images in the host's memory, whatever the backend.</summary>
    public long HostBytes { get; }

    /// <summary>Bytes of decoded training images that are kept in the host's memory; 0 where no data set was given.</summary>
    public long CachedBytes { get; }

    /// <summary>Bytes that the backend will allocate: a GPU's own memory.</summary>
    public long DeviceBytes => _bytes.Sum() + ValidationBytes;

    /// <summary>Bytes of everything: what a run on the CPU says that it plans.</summary>
    public long TotalBytes => DeviceBytes + HostBytes + CachedBytes;

    /// <summary>The ops of one training step.</summary>
    public IReadOnlyList<CountedRow> Ops { get; }

    /// <summary>Bytes of the training model by kind.</summary>
    public long BytesOf(MemoryKind kind) => _bytes[(int)kind];

    /// <summary>Plans a run.</summary>
    /// <param name="config">Everything that decides it.</param>
    /// <param name="classes">Classes of the data set.</param>
    /// <param name="backend">Whose workspace and derived weights are counted.</param>
    /// <param name="image">Size of the images that are validated; null = no validation.</param>
    /// <param name="train">The images to train on, for those that are kept; null = none are counted.</param>
    /// <exception cref="PixelNetException">The configuration cannot be built.</exception>
    public static RunPlan Of(RunConfig config, int classes, IBackend backend, (int Width, int Height)? image, ISegmentationDataset? train = null)
    {
        try
        {
            return Planned(config, classes, backend, image, train);
        }
        catch (OverflowException e)
        {
            throw new PixelNetException($"{config.Sampling.Images} image(s) of {config.Input.Width}x{config.Input.Height} make tensors of more elements than any can have; take fewer or smaller images", e);
        }
    }

    private static RunPlan Planned(RunConfig config, int classes, IBackend backend, (int Width, int Height)? image, ISegmentationDataset? train)
    {
        var loader = config.ToLoader(classes, threads: 1);
        var input = new NormalizeSizes(loader.Images, loader.Height, loader.Width);
        using var counting = new CountingBackend(backend);
        using var model = new PixelNetModel(config.ToModel(classes), counting, input, loader.Images * loader.Pixels, ModelMode.Training, config.Input.ToPreprocessing());
        var trainer = new Trainer(model, config.ToTrainer());
        model.Forward(trainer.StateOf(1));
        model.ZeroGradients();
        model.Backward();
        trainer.Update();
        using var predictor = new ImagePredictor(model.Parameters, backend, config.Input.ToPreprocessing(), config);
        var (device, host) = image is var (width, height) ? predictor.PlanBytes(width, height) : default;
        return new RunPlan(config, model, device, host + BatchLoader.PlanBytes(loader, model.Levels), train is null ? 0 : new ImageCache(train, loader).PlannedBytes, counting.Rows);
    }
}
