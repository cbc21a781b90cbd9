using PixelNet.Native.Backends;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Model;
using PixelNet.Native.Training;

namespace PixelNet.Native.Data.Runs;

/// <summary>What work costs, before any of its memory is taken: FLOPs, multiply-adds counted as two.</summary>
public static class RunFlops
{
    /// <summary>A training run from its last checkpoint, or from the beginning: its steps, and validations at the size of the first image.</summary>
    /// <param name="config">The run.</param>
    /// <param name="train">The images to train on.</param>
    /// <param name="validation">The images to validate on; null = none.</param>
    /// <param name="resumed">The folder of the run that goes on; null = it begins.</param>
    /// <param name="backend">What will compute.</param>
    /// <exception cref="PixelNetException">The configuration cannot be built, or the checkpoint is damaged.</exception>
    public static long OfTraining(RunConfig config, ISegmentationDataset train, ISegmentationDataset? validation, RunFolder? resumed, IBackend backend)
    {
        long done = 0, steps = config.Schedule.Steps, every = config.Validation.Every;
        if (resumed is not null && File.Exists(resumed.Last))
        {
            using var stream = CheckpointFile.OpenRead(resumed.Last);
            done = Checkpoint.ReadInfo(stream, resumed.Last).Step;
        }
        var model = config.ToModel(train.Labels.Count);
        var images = new NormalizeSizes(config.Sampling.Images, config.Input.Height, config.Input.Width);
        using var planned = new PixelNetModel(model, backend, images, config.Sampling.Images * config.Sampling.Pixels, ModelMode.Training, config.Input.ToPreprocessing());
        long flops = (steps - done) * planned.StepFlops;
        if (validation is not { Count: > 0 }) return flops;
        var header = validation.ImageHeader(0);
        long validations = every == 0 ? 1 : steps / every - done / every + (steps % every == 0 ? 0 : 1);
        long each = config.Validation.Images == 0 ? validation.Count : Math.Min(config.Validation.Images, validation.Count);
        return flops + validations * each * OfImage(model, backend, config.Input.Width, config.Input.Height, header);
    }

    /// <summary>The dense prediction of images.</summary>
    /// <param name="model">The network.</param>
    /// <param name="backend">What will compute.</param>
    /// <param name="images">Their sizes.</param>
    public static long OfPrediction(TrainedModel model, IBackend backend, IEnumerable<ImageHeader> images) => images
        .GroupBy(image => model.Predictor.InputWidth > 0 ? default : (image.Width, image.Height))
        .Sum(size => size.Count() * OfImage(model.Info.Model, backend, model.Predictor.InputWidth, model.Predictor.InputHeight, size.First()));

    // At the network's input, or, where that is 0 x 0, at the image's own size.
    private static long OfImage(PixelNetConfig config, IBackend backend, int width, int height, ImageHeader image)
    {
        (width, height) = width == 0 ? (image.Width, image.Height) : (width, height);
        const int Deepest = 32;
        var input = new NormalizeSizes(1, Math.Max(height, Deepest), Math.Max(width, Deepest));
        using var planned = new PixelNetModel(config, backend, input, checked(width * height), ModelMode.Inference, default);
        return planned.TrunkFlops + planned.HeadFlops;
    }
}
