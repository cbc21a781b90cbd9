using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary>Street scenes of 64x32, made once by the program itself, and the arguments of a run on them that takes a second.</summary>
public sealed class TinyRun : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pixelnet-cli-");
    private int _names;
    private string? _trained;

    public TinyRun()
    {
        Data = NewPath("scenes");
        var (exit, output, errors) = PixelnetProcess.Run("streetscenes", "--out", Data, "--train", "6", "--val", "3", "--test", "1", "--size", "64x32");
        Assert.True(exit == 0, output + errors);
    }

    /// <summary>The data folder.</summary>
    public string Data { get; }

    /// <summary>A path that does not exist yet.</summary>
    public string NewPath(string name) => Path.Combine(_folder.FullName, $"{name}-{Interlocked.Increment(ref _names)}");

    /// <summary>Arguments of a run of <paramref name="steps"/> steps with dropout, augmentation, class weights, batch normalisation and standardised taps.</summary>
    public string[] Arguments(string folder, int steps = 30, params string[] more) =>
    [
        "train", "--preset", "demo", "--data", Data, "--out", folder,
        .. Settings($"schedule.steps={steps}", "input.width=48", "input.height=24", "model.width=0.0625", "model.head=[24, 16]", "model.dropout=0.25", "model.standardize_taps=true",
            "sampling.images=2", "sampling.pixels=100", "augmentation.scale=[0.8, 1.25]", "augmentation.gain=[0.9, 1.1]", "loss.class_weights=sqrt_frequency",
            "validation.every=10", "validation.images=0", "validation.checkpoint=3"),
        .. more,
    ];

    /// <summary>Trains, and fails the test if that fails.</summary>
    public string Train(string name, int steps = 30, params string[] more)
    {
        string folder = NewPath(name);
        var (exit, output, errors) = PixelnetProcess.Run(Arguments(folder, steps, more));
        Assert.True(exit == 0, output + errors);
        return folder;
    }

    /// <summary>The folder of a run of 30 steps, trained once for all who only read it.</summary>
    public string Trained => _trained ??= Train("trained");

    public void Dispose() => _folder.Delete(recursive: true);

    private static IEnumerable<string> Settings(params string[] settings) => settings.SelectMany(setting => new[] { "--set", setting });
}
