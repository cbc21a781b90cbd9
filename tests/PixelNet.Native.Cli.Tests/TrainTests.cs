using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>pixelnet train</c> as users run it, killed and interrupted in the middle.</summary>
public class TrainTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    private static readonly string[] RunFiles = ["config.toml", "log.csv", "last.safetensors", "best.safetensors", "report.html"];

    [Fact]
    public void A_run_leaves_its_folder_complete()
    {
        string folder = tiny.Train("complete");
        string[] log = File.ReadAllLines(Path.Combine(folder, "log.csv"));
        Assert.Equal("step,loss,accuracy,learning_rate,val_miou,val_pixel_accuracy", log[0]);
        Assert.Equal(31, log.Length);
        Assert.Equal(3, log.Skip(1).Count(row => row.Split(',')[4].Length > 0));
        Assert.DoesNotContain(Directory.EnumerateFiles(folder), file => file.EndsWith(".partial", StringComparison.Ordinal));
    }

    [Fact]
    public void The_configuration_of_a_run_reproduces_it()
    {
        string first = tiny.Train("first"), second = tiny.NewPath("second");
        var (exit, output, errors) = PixelnetProcess.Run("train", "--config", Path.Combine(first, "config.toml"), "--data", tiny.Data, "--out", second);
        Assert.True(exit == 0, output + errors);
        AssertSame(first, second);
    }

    [Fact]
    public void Threads_do_not_change_a_byte()
    {
        string one = tiny.Train("one", 30, "--threads", "1");
        foreach (string threads in new[] { "2", "5" }) AssertSame(one, tiny.Train("more", 30, "--threads", threads));
    }

    [Fact]
    public void A_killed_run_resumes_to_the_same_bytes() => KillAndResume(3);

    [Fact, Trait("Category", "All")]
    public void A_run_killed_at_any_of_20_points_resumes_to_the_same_bytes() => KillAndResume(20);

    private void KillAndResume(int points)
    {
        string whole = tiny.NewPath("whole");
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(0, PixelnetProcess.Run(tiny.Arguments(whole)).ExitCode);
        double seconds = watch.Elapsed.TotalSeconds;
        var random = new Random(1);
        for (int point = 0; point < points; point++)
        {
            string folder = tiny.NewPath("killed");
            using (var process = PixelnetProcess.Start(tiny.Arguments(folder, 30, "--resume")))
            {
                // From before the folder exists to after the end.
                Thread.Sleep(TimeSpan.FromSeconds(seconds * 1.05 * (point + random.NextDouble()) / points));
                process.Kill();
            }
            var (exit, output, errors) = PixelnetProcess.Run(tiny.Arguments(folder, 30, "--resume"));
            Assert.True(exit == 0, output + errors);
            AssertSame(whole, folder);
        }
    }

    [Fact]
    public void A_run_killed_in_the_middle_of_a_checkpoint_resumes_to_the_same_bytes() => KillWithinACheckpoint(1);

    [Fact, Trait("Category", "All")]
    public void A_run_killed_in_the_middle_of_many_checkpoints_resumes_to_the_same_bytes() => KillWithinACheckpoint(8);

    // One after the other in the same folder: a run is killed while it makes up for a kill. A run that came to its end is followed by another.
    private void KillWithinACheckpoint(int kills)
    {
        string[] everyStep = ["--set", "validation.checkpoint=1"];
        string whole = tiny.Train("whole", 30, everyStep), folder = tiny.NewPath("killed");
        var random = new Random(2);
        int cut = 0;
        for (int attempt = 0; cut < kills && attempt < 10 * kills; attempt++)
        {
            string partial = Path.Combine(folder, "last.safetensors.partial");
            if (File.Exists(partial)) File.Delete(partial);
            using var process = PixelnetProcess.Start(tiny.Arguments(folder, 30, [.. everyStep, "--resume"]));
            void WaitFor(bool there) => SpinWait.SpinUntil(() => File.Exists(partial) == there || process.HasEnded, TimeSpan.FromSeconds(60));
            for (int written = random.Next(4); written > 0; written--)
            {
                WaitFor(there: true);
                WaitFor(there: false);
            }
            WaitFor(there: true);
            process.Kill();
            if (File.Exists(partial)) cut++;
            else if (File.Exists(Path.Combine(folder, "log.csv")) && File.ReadAllLines(Path.Combine(folder, "log.csv")).Length == 31) folder = tiny.NewPath("killed");
        }
        Assert.True(cut == kills, $"only {cut} checkpoints were cut");
        var (exit, output, errors) = PixelnetProcess.Run(tiny.Arguments(folder, 30, [.. everyStep, "--resume"]));
        Assert.True(exit == 0, output + errors);
        AssertSame(whole, folder);
        Assert.DoesNotContain(Directory.EnumerateFiles(folder), file => file.EndsWith(".partial", StringComparison.Ordinal));
    }

    [Fact]
    public void An_interrupted_run_saves_says_how_to_go_on_and_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Ctrl-C cannot be sent to a process without a console on Windows");
        string whole = tiny.Train("whole", 200), folder = tiny.NewPath("interrupted");
        using (var process = PixelnetProcess.Start(tiny.Arguments(folder, 200)))
        {
            SpinWait.SpinUntil(() => File.Exists(Path.Combine(folder, "last.safetensors")), TimeSpan.FromSeconds(60));
            process.Interrupt();
            var (exit, output, errors) = process.WaitForEnd();
            Assert.True(exit == ExitCodes.Interrupted, output + errors);
            Assert.Contains("--resume", output, StringComparison.Ordinal);
        }
        var again = PixelnetProcess.Run("train", "--data", tiny.Data, "--out", folder, "--resume");
        Assert.True(again.ExitCode == 0, again.Output + again.Errors);
        Assert.Contains("going on after step", again.Output, StringComparison.Ordinal);
        AssertSame(whole, folder);
    }

    [Fact]
    public void A_diverged_run_stops_with_a_sentence_and_keeps_the_last_good_checkpoint()
    {
        string folder = tiny.NewPath("diverged"), last = Path.Combine(folder, "last.safetensors");
        string[] arguments = tiny.Arguments(folder, 30, "--set", "optimizer.kind=sgd", "--set", "optimizer.learning_rate=1e30", "--set", "model.batch_norm=false", "--set", "validation.checkpoint=1", "--set", "schedule.warmup=0", "--val-split", "none");
        var (exit, _, errors) = PixelnetProcess.Run(arguments);
        Assert.Equal(ExitCodes.Failed, exit);
        Assert.Matches("step [0-9]+ is .*tensor .*lower the learning rate.*the last checkpoint is as it was", errors);
        // It is whole: the run goes on from it, and comes to the same end.
        byte[] kept = File.ReadAllBytes(last);
        var again = PixelnetProcess.Run([.. arguments, "--resume"]);
        Assert.Equal((exit, errors), (again.ExitCode, again.Errors));
        Assert.Contains("going on after step", again.Output, StringComparison.Ordinal);
        Assert.Equal(kept, File.ReadAllBytes(last));
    }

    private static void AssertSame(string expected, string actual)
    {
        foreach (string name in RunFiles)
            Assert.True(File.ReadAllBytes(Path.Combine(expected, name)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(actual, name))), $"{name} differs");
    }
}
