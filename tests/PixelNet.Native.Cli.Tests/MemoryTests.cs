using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary>What a run says beforehand that it needs is what it takes, and it takes no more later on. The kernel's figures of the started program.</summary>
public partial class MemoryTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private const double MiB = 1 << 20;

    [Fact]
    public void The_printed_plan_is_the_resident_peak_beside_the_runtime()
    {
        // The runtime: what a run of next to no size takes, less its own plan.
        var (plan, peak) = Measure(tiny.Arguments(tiny.NewPath("baseline"), 4));
        double runtime = peak - plan;
        Assert.InRange(plan, 0.1, 20);
        var (larger, largerPeak) = Measure(tiny.Arguments(tiny.NewPath("larger"), 4, "--set", "input.width=256", "--set", "input.height=128", "--set", "model.width=0.25", "--set", "sampling.pixels=2000"));
        Assert.InRange(larger, 80, 1000);
        Assert.InRange((largerPeak - runtime) / larger, 0.9, 1.1);
    }

    [Fact, Trait("Category", "All")]
    public void The_printed_plan_is_the_resident_peak_with_images_of_full_size_and_validation()
    {
        string data = tiny.NewPath("scenes");
        Assert.Equal(0, PixelnetProcess.Run("streetscenes", "--out", data, "--train", "16", "--val", "3", "--test", "1", "--size", "768x384").ExitCode);
        var (plan, peak) = Measure(tiny.Arguments(tiny.NewPath("baseline"), 20));
        double runtime = peak - plan;
        foreach (string scale in new[] { "[1, 1]", "[0.8, 1.25]" })
        {
            string[] arguments = tiny.Arguments(tiny.NewPath("larger"), 12, "--set", "input.width=256", "--set", "input.height=128", "--set", "model.width=0.25", "--set", "sampling.pixels=2000", "--set", $"augmentation.scale={scale}");
            arguments[Array.IndexOf(arguments, "--data") + 1] = data;
            var (larger, largerPeak) = Measure(arguments);
            Assert.InRange((largerPeak - runtime) / larger, 0.9, 1.1);
        }
    }

    [Fact, Trait("Category", "All")]
    public void A_thousand_steps_later_the_program_is_no_larger()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "resident memory is read from /proc");
        string folder = tiny.NewPath("long"), log = Path.Combine(folder, "log.csv");
        using var process = PixelnetProcess.Start(tiny.Arguments(folder, 1300, "--set", "validation.checkpoint=50", "--val-split", "none"));
        double early = ResidentAt(200), late = ResidentAt(1200);
        process.Kill();
        // The heap grows to its youngest generation's budget before it is looked through, and hot methods are compiled anew: 16 MiB in all, and what a step
        // itself might keep is found to the byte by LongRunTests.
        Assert.InRange(late - early, double.NegativeInfinity, 16);

        double ResidentAt(int step)
        {
            Assert.True(SpinWait.SpinUntil(() =>
            {
                Thread.Sleep(5);
                return File.Exists(log) && Data.Runs.RunLog.Read(log) is [.., { } last] && last.Step >= step;
            }, TimeSpan.FromSeconds(90)), "the run is too slow");
            return process.ResidentBytes / MiB;
        }
    }

    // MiB, as the program prints them.
    private static (double Plan, double Peak) Measure(string[] arguments)
    {
        var (exit, output, errors) = PixelnetProcess.Run(arguments);
        Assert.True(exit == 0, output + errors);
        double Figure(Regex line) => double.Parse(line.Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
        return (Figure(Planned()), Figure(Peak()));
    }

    [GeneratedRegex(@"planned memory ([0-9.]+) MiB")]
    private static partial Regex Planned();

    [GeneratedRegex(@"peak memory ([0-9.]+) MiB")]
    private static partial Regex Peak();
}
