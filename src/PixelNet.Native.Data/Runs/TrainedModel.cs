using PixelNet.Native.Backends;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Model;
using PixelNet.Native.Training;

namespace PixelNet.Native.Data.Runs;

/// <summary>The network of a checkpoint file, ready to predict.</summary>
public sealed class TrainedModel : IDisposable
{
    private readonly ModelParameters _parameters;

    private TrainedModel(CheckpointInfo info, ModelParameters parameters, IBackend backend, string path)
    {
        (Info, _parameters) = (info, parameters);
        Labels = Datasets.FindLabels(info.LabelSet)
            ?? throw new PixelNetException($"{path} was trained on the classes '{info.LabelSet}', which this version does not know");
        Config = RunConfigs.Read(info.TrainingConfig, $"the configuration in {path}");
        Predictor = new ImagePredictor(parameters, backend, info.Preprocessing, Config);
    }

    /// <summary>What the checkpoint says about itself.</summary>
    public CheckpointInfo Info { get; }

    /// <summary>Its classes.</summary>
    public LabelSet Labels { get; }

    /// <summary>The configuration of its run.</summary>
    public RunConfig Config { get; }

    /// <summary>Predicts with it.</summary>
    public ImagePredictor Predictor { get; }

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="PixelNetException">The file is missing, truncated, or no checkpoint of this program; the message says which.</exception>
    public static TrainedModel Load(string path, IBackend backend)
    {
        using var stream = CheckpointFile.OpenRead(path);
        var (info, parameters) = Checkpoint.Load(stream, backend, path);
        try
        {
            return new TrainedModel(info, parameters, backend, path);
        }
        catch
        {
            parameters.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Predictor.Dispose();
        _parameters.Dispose();
    }
}
