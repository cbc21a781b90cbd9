using System.Globalization;
using System.Security.Cryptography;
using PixelNet.Native.Backends;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Weights;
using PixelNet.Native.Model;

namespace PixelNet.Native.Data.Runs;

/// <summary>
/// The pretrained trunk that a run begins with. The run's configuration keeps the SHA-256 of its file and takes the preprocessing over from it, so
/// neither can be mixed up later; the path is named by each call, as the data folder is. Only a run's beginning needs the file: checkpoints hold
/// everything.
/// </summary>
public sealed class StartingWeights : IDisposable
{
    private readonly string _path;

    private StartingWeights(string path, PretrainedWeights weights)
    {
        (_path, Weights) = (path, weights);
        using var stream = File.OpenRead(path);
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>SHA-256 of the file, in lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>The weights.</summary>
    public PretrainedWeights Weights { get; }

    /// <summary>Opens a weight file of any known format.</summary>
    /// <exception cref="PixelNetException">It is missing, damaged, or no VGG16 that is known.</exception>
    public static StartingWeights Open(string path) => new(path, PretrainedWeights.Open(path));

    /// <summary>The configuration with the preprocessing and the hash of the weights.</summary>
    /// <param name="config">What the run was asked for.</param>
    /// <param name="stated">Keys of <c>[input]</c> that the user wrote, which are then not a preset's to give way: they must agree.</param>
    /// <exception cref="PixelNetException">A stated key contradicts the weights, or the configuration names other weights.</exception>
    public RunConfig ApplyTo(RunConfig config, IReadOnlySet<string> stated)
    {
        if (config.Model.WeightsSha256.Length > 0) CheckIsOf(config);
        var p = Weights.Preprocessing;
        var input = config.Input with { Order = p.Bgr ? "bgr" : "rgb", Mean = Levels(p.Mean, p.Scale), Deviation = Levels(p.Deviation, p.Scale) };
        Agree("order", config.Input.Order, input.Order);
        Agree("mean", Text(config.Input.Mean), Text(input.Mean));
        Agree("deviation", Text(config.Input.Deviation), Text(input.Deviation));
        return config with { Input = input, Model = config.Model with { WeightsSha256 = Sha256 } };

        void Agree(string key, string asked, string needed)
        {
            if (stated.Contains(key) && asked != needed)
                throw new PixelNetException($"input.{key} is {asked}, but {_path} expects {needed} ({p}); leave input.{key} out, or import the weights with the --preprocessing that is right for them");
        }
    }

    /// <summary>Checks that this is the file of a configuration.</summary>
    /// <exception cref="PixelNetException">The configuration names another, or none.</exception>
    public void CheckIsOf(RunConfig config)
    {
        string there = config.Model.WeightsSha256;
        if (there.Length == 0) throw new PixelNetException($"this run began with random weights, not with {_path}; leave --weights out to go on with it");
        if (!there.Equals(Sha256, StringComparison.OrdinalIgnoreCase))
            throw new PixelNetException($"{_path} is not the weight file of this run: its SHA-256 is {Sha256}, but model.weights_sha256 says {there}; name the right file with --weights");
    }

    /// <summary>Checks that the trunk of a network can be filled, without taking memory for it.</summary>
    /// <exception cref="PixelNetException">The first tensor that is missing or differs is named with both shapes.</exception>
    public void CheckFits(PixelNetConfig model)
    {
        model.Validate();
        using var parameters = ModelParameters.Plan(model);
        TrunkLoader.Match(Weights, parameters);
    }

    /// <summary>Fills the trunk.</summary>
    /// <exception cref="PixelNetException">It does not fit, ends early, or holds a NaN or an infinity.</exception>
    public LoadedWeights LoadInto(ModelParameters parameters, IBackend backend) => Weights.LoadInto(parameters, backend);

    /// <summary>Closes the file.</summary>
    public void Dispose() => Weights.Dispose();

    // (byte*scale - mean)/deviation = (byte - mean/scale)/(deviation/scale), without the last digits that the division invents.
    private static double[] Levels(double[] values, double scale) => [.. values.Select(value => double.Parse((value / scale).ToString("G9", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture))];

    private static string Text(IReadOnlyList<double> values) => $"[{string.Join(", ", values.Select(value => value.ToString("G9", CultureInfo.InvariantCulture)))}]";
}
