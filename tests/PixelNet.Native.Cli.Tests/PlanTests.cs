using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Data;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Runs;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary>What <c>pixelnet plan</c> says is what a run takes, and what it advises fits.</summary>
public partial class PlanTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Fact]
    public void The_peak_on_the_CPU_is_what_the_run_says_that_it_plans()
    {
        string[] train = tiny.Arguments(tiny.NewPath("planned"), 2);
        var (exit, output, errors) = PixelnetProcess.Run(train);
        Assert.True(exit == 0, output + errors);
        long peak = Plan([.. PlanArguments(train)]).GetProperty("cpu").GetProperty("peak").GetInt64();
        Assert.Equal(Planned().Match(output).Groups[1].Value, (peak / (1024.0 * 1024.0)).ToString("F1", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_run_plans_the_same_to_the_byte_and_the_device_gives_no_more(bool emulated)
    {
        var config = RunConfigs.Load("demo", null, ["input.width=64", "input.height=32", "model.width=0.0625", "model.head=[24, 16]", "sampling.images=2", "sampling.pixels=100", "optimizer.kind=sgd"]);
        var (train, validation) = (Datasets.Open(tiny.Data, "train"), Datasets.Open(tiny.Data, "val"));
        var driver = new EmulatedCudaDriver();
        using IBackend backend = emulated ? new CudaBackend(driver) : new CpuBackend(1);
        var header = validation.ImageHeader(0);
        long freeBefore = driver.GetMemory().Free;
        var plan = RunPlan.Of(config, train.Labels.Count, backend, (header.Width, header.Height), train);
        Assert.Equal(freeBefore, driver.GetMemory().Free);
        using var run = new TrainingRun(config, train, validation, RunFolder.Open(tiny.NewPath("run")), backend);
        Assert.Equal(run.PlannedBytes, plan.TotalBytes);
        // An empty arena is an allocation of one byte.
        if (emulated) Assert.InRange(freeBefore - driver.GetMemory().Free - plan.DeviceBytes, 0, 16);
    }

    [Fact]
    public void What_does_not_fit_ends_with_1_and_advice_that_fits()
    {
        string[] asked = ["plan", "--preset", "deck", "--backend", "cuda", "--memory", "4GB"];
        var (exit, output, errors) = PixelnetProcess.Run(asked);
        Assert.Equal(1, exit);
        Assert.Contains("do not fit into 3814.7 MiB", output, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(c => c == '\n'));
        var changes = Plan([.. asked, "--json", "-"]).GetProperty("changes").EnumerateArray().ToArray();
        Assert.NotEmpty(changes);
        foreach (var change in changes)
        {
            string[] settings = [.. change.GetProperty("settings").EnumerateArray().SelectMany(setting => new[] { "--set", setting.GetString()! })];
            var (fits, changed, _) = PixelnetProcess.Run([.. asked, .. settings, "--json", "-"]);
            Assert.Equal(0, fits);
            Assert.Equal(change.GetProperty("peak").GetInt64(), JsonDocument.Parse(changed).RootElement.GetProperty("gpu").GetProperty("peak").GetInt64());
        }
    }

    [Fact]
    public void Nothing_is_allocated_for_a_plan_of_any_size()
    {
        // 21 GiB on a runtime that believes in 64 MiB: the plan is made all the same, and does not fit.
        var (exit, output, _) = PixelnetProcess.RunWithin(64, "plan", "--preset", "city", "--size", "2048x1024");
        Assert.Equal(1, exit);
        Assert.Contains("17,292,115 parameters", output, StringComparison.Ordinal);
        Assert.Contains("do not fit", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no amount of memory", "--preset", "demo", "--memory", "8")]
    [InlineData("no amount of memory", "--preset", "demo", "--memory", "-1GB")]
    [InlineData("name a --preset or a --config", "--memory", "8GB")]
    [InlineData("compares with the memory of cpu or cuda", "--preset", "demo", "--backend", "tpu")]
    [InlineData("not a size", "--preset", "demo", "--size", "0x10")]
    public void A_wrong_call_ends_with_2(string sentence, params string[] arguments)
    {
        var (exit, _, errors) = PixelnetProcess.Run([.. arguments.Prepend("plan")]);
        Assert.Equal(2, exit);
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensors_beyond_all_limits_are_one_sentence()
    {
        var (exit, _, errors) = PixelnetProcess.Run("plan", "--preset", "city", "--size", "16384x16384", "--images", "1000", "--pixels", "90000");
        Assert.Equal(1, exit);
        Assert.Contains("take fewer or smaller images", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", errors, StringComparison.Ordinal);
    }

    private static JsonElement Plan(string[] arguments) => JsonDocument.Parse(PixelnetProcess.Run(arguments).Output).RootElement;

    // The settings and the data of a training call, without its folder.
    private static IEnumerable<string> PlanArguments(string[] train)
    {
        yield return "plan";
        for (int i = 1; i < train.Length; i += 2)
            if (train[i] != "--out")
            {
                yield return train[i];
                yield return train[i + 1];
            }
        yield return "--json";
        yield return "-";
    }

    [GeneratedRegex(@"planned memory ([0-9.]+) MiB")]
    private static partial Regex Planned();
}
