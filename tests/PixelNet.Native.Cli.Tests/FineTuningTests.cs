using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Weights;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>pixelnet train --weights</c>: every format, what is recorded, what is refused, frozen layers, and going on bit for bit.</summary>
public class FineTuningTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    // VGG16 at the width of tests/PixelNet.Native.Weights.Tests/generate/generate.py.
    private const string Width = "model.width=0.0235";

    [Theory]
    [InlineData("torch_zip.pth", "rgb", 123.675, 58.395)]
    [InlineData("caffe_v1.caffemodel", "bgr", 103.939, 1)]
    [InlineData("slim_vgg_16.ckpt", "rgb", 123.68, 1)]
    [InlineData("keras1_notop.h5", "bgr", 103.939, 1)]
    [InlineData("npz_stored.npz", "rgb", 123.68, 1)]
    public void The_trunk_begins_with_the_weights_and_keeps_their_preprocessing(string file, string order, double mean, double deviation)
    {
        // The deck's preset is BGR; what a preset says gives way to the weights.
        string folder = Train(file, "deck", "--freeze", "conv*");
        var config = RunConfigs.Read(File.ReadAllText(Path.Combine(folder, "config.toml")), "config.toml");
        Assert.Equal((order, mean, deviation), (config.Input.Order, config.Input.Mean[0], config.Input.Deviation[0]));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Weights(file)))), config.Model.WeightsSha256);
        using var weights = PretrainedWeights.Open(Weights(file));
        using var trained = PretrainedWeights.Open(Path.Combine(folder, "last.safetensors"));
        var transform = trained.Preprocessing.ToTransform();
        Assert.Equal(weights.Preprocessing.ToTransform().ReverseChannels, transform.ReverseChannels);
        Assert.Equal(weights.Preprocessing.ToTransform().Gain0, transform.Gain0, 1e-6f);
        // Frozen ones are the file's to the bit.
        foreach (var tensor in weights.Vgg.Tensors.Where(tensor => tensor.Layer[0] == 'c')) Assert.Equal(weights.Read(tensor), trained.Read(trained.Vgg.Find(tensor.EngineName)!));
    }

    [Fact]
    public void Dense_layers_are_learned_from_where_fc7_is_tapped_and_learning_rates_have_groups()
    {
        string folder = Train("torch_zip.pth", "deck", "--set", "model.taps=[\"conv1_2\", \"conv5_3\", \"fc7\"]", "--set", "optimizer.trunk_multiplier=0", "--set", "optimizer.learning_rate=1e-2");
        using var weights = PretrainedWeights.Open(Weights("torch_zip.pth"));
        using var trained = PretrainedWeights.Open(Path.Combine(folder, "last.safetensors"));
        foreach (string name in new[] { "conv1_1.weight", "conv5_3.bias", "fc6.weight", "fc7.bias" })
            Assert.Equal(weights.Read(weights.Vgg.Find(name)!), trained.Read(trained.Vgg.Find(name)!));
        Assert.Contains("it has no 'fc6.weight'", Fails("keras1_notop.h5", "--set", "model.taps=[\"conv1_2\", \"fc7\"]"), StringComparison.Ordinal);
    }

    [Fact]
    public void Only_what_is_frozen_stays()
    {
        string folder = Train("torch_zip.pth", "paper", "--freeze", "conv1_*", "--freeze", "conv2_1.weight", "--set", "model.head_init=he", "--set", "optimizer.learning_rate=0.1");
        using var weights = PretrainedWeights.Open(Weights("torch_zip.pth"));
        using var trained = PretrainedWeights.Open(Path.Combine(folder, "last.safetensors"));
        foreach (var tensor in weights.Vgg.Tensors.Where(tensor => trained.Vgg.Find(tensor.EngineName) is not null))
        {
            bool frozen = tensor.Layer.StartsWith("conv1_", StringComparison.Ordinal) || tensor.EngineName == "conv2_1.weight";
            Assert.True(frozen == weights.Read(tensor).AsSpan().SequenceEqual(trained.Read(trained.Vgg.Find(tensor.EngineName)!)), tensor.EngineName);
        }
    }

    [Fact]
    public void Weights_with_batch_normalisation()
    {
        string folder = Train("torch_bn.pth", "city", "--set", "model.batch_norm=true", "--freeze", "conv*", "--freeze", "bn*");
        using var trained = PretrainedWeights.Open(Path.Combine(folder, "last.safetensors"));
        using var weights = PretrainedWeights.Open(Weights("torch_bn.pth"));
        Assert.Equal(weights.Read(weights.Vgg.Find("bn3_2.running_var")!), trained.Read(trained.Vgg.Find("bn3_2.running_var")!));
        Assert.Contains("set batch_norm to true", Fails("torch_bn.pth"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_run_goes_on_to_the_same_bytes_with_the_weights_or_without_them()
    {
        string whole = Train("torch_zip.pth", "deck"), killed = tiny.NewPath("killed");
        string[] arguments = [.. Arguments("torch_zip.pth", "deck", killed), "--resume"];
        using (var process = PixelnetProcess.Start(arguments))
        {
            SpinWait.SpinUntil(() => File.Exists(Path.Combine(killed, "last.safetensors")), TimeSpan.FromSeconds(60));
            process.Kill();
        }
        var (exit, output, errors) = PixelnetProcess.Run("train", "--data", tiny.Data, "--val-split", "none", "--out", killed, "--resume");
        Assert.True(exit == 0, output + errors);
        foreach (string name in new[] { "config.toml", "log.csv", "last.safetensors" }) Assert.Equal(File.ReadAllBytes(Path.Combine(whole, name)), File.ReadAllBytes(Path.Combine(killed, name)));

        Assert.Contains("is not the weight file of this run", Sentence("train", "--data", tiny.Data, "--out", killed, "--resume", "--weights", Weights("keras2.h5")), StringComparison.Ordinal);
        // The configuration reproduces the run, and asks for the weights.
        string config = Path.Combine(whole, "config.toml"), again = tiny.NewPath("again");
        Assert.Contains("name it with --weights", Sentence("train", "--config", config, "--data", tiny.Data, "--out", again), StringComparison.Ordinal);
        Assert.Contains("is not the weight file of this run", Sentence("train", "--config", config, "--data", tiny.Data, "--out", again, "--weights", Weights("keras2.h5")), StringComparison.Ordinal);
        Assert.False(Directory.Exists(again));
        Assert.Equal(0, PixelnetProcess.Run("train", "--config", config, "--data", tiny.Data, "--val-split", "none", "--out", again, "--weights", Weights("torch_zip.pth")).ExitCode);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "last.safetensors")), File.ReadAllBytes(Path.Combine(again, "last.safetensors")));
    }

    [Fact]
    public void What_contradicts_or_does_not_fit_is_one_sentence_and_touches_nothing()
    {
        Assert.Contains("input.order is bgr, but", Fails("torch_zip.pth", "--set", "input.order=bgr"), StringComparison.Ordinal);
        Assert.Contains("input.mean is [0, 0, 0], but", Fails("torch_zip.pth", "--set", "input.mean=[0, 0, 0]"), StringComparison.Ordinal);
        Assert.Contains("here; set the network's width", Fails("torch_zip.pth", "--set", "model.width=0.0625"), StringComparison.Ordinal);
        Assert.Contains("matches no parameter", Fails("torch_zip.pth", "--freeze", "convolution*"), StringComparison.Ordinal);
        Assert.Contains("does not exist", Sentence([.. Arguments("nowhere.pth", "deck", tiny.NewPath("o"))]), StringComparison.Ordinal);
        Assert.Contains("no known weight format", Sentence([.. Arguments("answer_bn.f32", "deck", tiny.NewPath("o"))]), StringComparison.Ordinal);
    }

    private static string Weights(string file) => Path.Combine(AppContext.BaseDirectory, "Files", file);

    private string[] Arguments(string weights, string preset, string folder, params string[] more) =>
    [
        "train", "--preset", preset, "--weights", Weights(weights), "--data", tiny.Data, "--out", folder,
        .. new[] { Width, "input.width=64", "input.height=32", "model.taps=[\"conv1_2\", \"conv3_3\", \"conv5_3\"]", "model.head=[16]", "sampling.images=1", "sampling.pixels=50",
            "schedule.steps=4", "validation.checkpoint=1", "validation.every=0" }.SelectMany(setting => new[] { "--set", setting }),
        "--val-split", "none", .. more,
    ];

    private string Train(string weights, string preset, params string[] more)
    {
        string folder = tiny.NewPath("tuned");
        var (exit, output, errors) = PixelnetProcess.Run(Arguments(weights, preset, folder, more));
        Assert.True(exit == 0, output + errors);
        Assert.Contains("of the trunk are those of", output, StringComparison.Ordinal);
        return folder;
    }

    private string Fails(string weights, params string[] more)
    {
        string folder = tiny.NewPath("refused");
        string sentence = Sentence(Arguments(weights, "deck", folder, more));
        Assert.False(Directory.Exists(folder));
        return sentence;
    }

    private static string Sentence(params string[] arguments)
    {
        var (exit, output, errors) = PixelnetProcess.Run(arguments);
        Assert.True(exit == ExitCodes.Failed, output + errors);
        Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        return errors;
    }
}
