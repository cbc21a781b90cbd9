using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>pixelnet demo</c> on a few scenes: the flow, stopped and run again.</summary>
public class DemoTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Fact]
    public void A_demo_shows_its_result_and_a_second_one_does_nothing_twice()
    {
        string folder = tiny.NewPath("demo");
        var (exit, output, errors) = PixelnetProcess.Run(Demo(folder));
        Assert.True(exit == 0, output + errors);
        foreach (string words in new[] { "mIoU  ", "single pixels", "weakest classes", "report  ", "Next:", Path.Combine("run", "best.safetensors") })
            Assert.Contains(words, output, StringComparison.Ordinal);
        Assert.Contains("mIoU of single pixels", File.ReadAllText(Path.Combine(folder, "run", "report.html")), StringComparison.Ordinal);
        Assert.Equal(12, Directory.EnumerateFiles(Path.Combine(folder, "scenes", "leftImg8bit", "train"), "*.png", SearchOption.AllDirectories).Count());

        byte[] last = File.ReadAllBytes(Path.Combine(folder, "run", "last.safetensors"));
        var again = PixelnetProcess.Run(Demo(folder));
        Assert.True(again.ExitCode == 0, again.Output + again.Errors);
        Assert.Contains("holds them already", again.Output, StringComparison.Ordinal);
        Assert.Contains("finished already", again.Output, StringComparison.Ordinal);
        Assert.Equal(last, File.ReadAllBytes(Path.Combine(folder, "run", "last.safetensors")));

        foreach (string option in new[] { "--seed", "--scenes" })
        {
            var other = PixelnetProcess.Run([.. Demo(folder).Where(argument => argument is not ("--scenes" or "12")), option, "2"]);
            Assert.Equal(1, other.ExitCode);
            Assert.Contains("begin anew with --overwrite", other.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_demo_that_is_interrupted_says_how_to_go_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Ctrl-C cannot be sent to a process without a console on Windows");
        string folder = tiny.NewPath("demo");
        using var process = PixelnetProcess.Start(Demo(folder, 5000));
        SpinWait.SpinUntil(() => File.Exists(Path.Combine(folder, "run", "last.safetensors")), TimeSpan.FromSeconds(60));
        process.Interrupt();
        var (exit, output, errors) = process.WaitForEnd();
        Assert.True(exit == ExitCodes.Interrupted, output + errors);
        Assert.Contains($"go on with: ./build.sh demo --out {folder} --scenes 12 --set 'schedule.steps=5000' --set", output, StringComparison.Ordinal);
    }

    private static string[] Demo(string folder, int steps = 6) =>
    [
        "demo", "--out", folder, "--scenes", "12", "--set", $"schedule.steps={steps}", "--set", "input.width=64", "--set", "input.height=32", "--set", "model.width=0.0625", "--set", "model.head=[16]",
        "--set", "sampling.images=2", "--set", "sampling.pixels=200", "--set", "validation.every=0", "--set", "validation.checkpoint=3",
    ];
}
