using System.Globalization;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>--backend emulator</c>: the kernels that a GPU would run, in the same verbs as any backend.</summary>
public class EmulatorTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static readonly string[] Short = ["--set", "validation.every=2", "--set", "validation.images=1", "--set", "augmentation.scale=[1, 1]"];

    [Fact]
    public void Trains_with_the_losses_of_the_cpu_and_says_beforehand_how_long_it_takes()
    {
        string cpu = tiny.Train("cpu", 2, [.. Short, "--backend", "cpu"]), emulated = tiny.NewPath("emulated");
        var (exit, output, errors) = PixelnetProcess.Run(tiny.Arguments(emulated, 2, [.. Short, "--backend", "emulator"]));
        Assert.True(exit == 0, output + errors);
        Assert.Matches(@"emulator: \S+ GFLOP at \d+ MFLOP/s, as measured now, take about \d+ s", errors);
        Assert.Contains("backend emulator (ptx)", output, StringComparison.Ordinal);
        double[] expected = Losses(cpu), losses = Losses(emulated);
        Assert.Equal(2, losses.Length);
        Assert.All(losses.Zip(expected), pair => Assert.InRange(pair.First, pair.Second - 1e-4, pair.Second + 1e-4));
    }

    /// <summary>Nothing is touched before the answer is yes.</summary>
    [Fact]
    public void Long_work_asks_for_yes_first()
    {
        string folder = tiny.NewPath("long");
        var (exit, output, errors) = PixelnetProcess.Run("train", "--preset", "paper", "--data", tiny.Data, "--out", folder, "--backend", "emulator");
        Assert.True(exit == 2, output + errors);
        Assert.Contains("give --yes", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void Gradcheck_compares_its_kernels_with_the_formulas()
    {
        var (exit, output, errors) = PixelnetProcess.Run("gradcheck", "--backend", "emulator", "--op", "MaxPool2d", "--op", "SgdMomentum");
        Assert.True(exit == 0, output + errors);
        Assert.Contains("backend emulator (ptx)", output, StringComparison.Ordinal);
        Assert.Contains("all passed", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Auto_says_what_it_is_and_why()
    {
        var (exit, output, errors) = PixelnetProcess.Run(tiny.Arguments(tiny.NewPath("auto"), 1));
        Assert.True(exit == 0, output + errors);
        Assert.Matches(@"backend cpu \(\w+\), which auto takes because \w+", output);
    }

    private static double[] Losses(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, "log.csv")).Skip(1).Select(row => double.Parse(row.Split(',')[1], CultureInfo.InvariantCulture))];
}
