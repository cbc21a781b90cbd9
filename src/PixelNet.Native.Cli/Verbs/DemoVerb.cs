using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using PixelNet.Native.Data;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Reports;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Data.StreetScenes;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Cli.Verbs;

/// <summary>
/// <c>pixelnet demo</c>: draws street scenes, trains the preset <c>demo</c>, evaluates it beside a classifier of single pixels, and shows the result. Whatever of this the
/// folder holds already is not done again.
/// </summary>
internal static class DemoVerb
{
    private const string Preset = "demo";
    private static readonly string DefaultFolder = Path.Combine("runs", "demo");

    public static Command Create()
    {
        var folder = new Option<string>("--out") { Description = "Folder for scenes, run and report", DefaultValueFactory = _ => DefaultFolder };
        var seed = new Option<long>("--seed") { Description = "Seed of the scenes and of the training", DefaultValueFactory = _ => 1 };
        var scenes = new Option<int>("--scenes") { Description = "Scenes to train on; a tenth as many are drawn to evaluate", DefaultValueFactory = _ => new StreetScenesOptions().Train };
        var overwrite = new Option<bool>("--overwrite") { Description = "Begin anew where the folder holds a demo already" };
        var set = new Option<string[]>("--set") { Description = "One key of the preset, such as --set schedule.steps=500; may be repeated", DefaultValueFactory = _ => [] };
        var backend = Backends.NameOption();
        var threads = Backends.ThreadsOption();
        var yes = Backends.YesOption();
        var command = new Command("demo", """
            Draw synthetic street scenes, train PixelNet on them, evaluate it, and write a report: a few minutes on a laptop. A demo that was stopped goes on,
            and one that is finished is shown again. Examples:
              pixelnet demo
              pixelnet demo --seed 2 --out runs/demo2
            """)
        { folder, seed, scenes, overwrite, set, backend, threads, yes };
        command.SetAction(call =>
        {
            string[] settings = call.GetValue(set)!;
            var config = RunConfigs.Load(Preset, null, [$"seed={call.GetValue(seed)}", .. settings]);
            using var interruption = new Interruption();
            return Run(new DemoCall(call.GetValue(folder)!, call.GetValue(seed), call.GetValue(scenes), config, settings, call.GetValue(overwrite), call.GetValue(backend)!, call.GetValue(threads), call.GetValue(yes)), interruption.Token);
        });
        return command;
    }

    // Scenes and run lie side by side in the folder.
    private sealed record DemoCall(string Folder, long Seed, int SceneCount, RunConfig Config, string[] Settings, bool Overwrite, string Backend, int Threads, bool Yes)
    {
        public string Scenes => Path.Combine(Folder, "scenes");

        public RunFolder Run => RunFolder.Open(Path.Combine(Folder, "run"));

        public StreetScenesOptions SceneOptions => new() { Seed = (ulong)Seed, Train = SceneCount, Val = Math.Max(1, SceneCount / 10), Threads = Threads, Overwrite = true };

        public string Again => "./build.sh demo" + (Folder == DefaultFolder ? "" : $" --out {Folder}") + (Seed == 1 ? "" : $" --seed {Seed}")
            + (SceneCount == new StreetScenesOptions().Train ? "" : $" --scenes {SceneCount}") + string.Concat(Settings.Select(setting => $" --set '{setting}'"));
    }

    private static int Run(DemoCall call, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        CheckSameRun(call);
        try
        {
            Title("1/4 street scenes");
            DrawScenes(call, stop);
            Title("2/4 training");
            int exit = TrainVerb.Train(new TrainVerb.TrainCall(call.Config, call.Scenes, call.Run.Path, Resume: !call.Overwrite, call.Overwrite, Backend: call.Backend, Threads: call.Threads, Yes: call.Yes) { GoOn = call.Again }, stop);
            if (exit != ExitCodes.Ok) return exit;
            Title("3/4 the same pixels without their surroundings");
            var baseline = MeasureBaseline(call, stop);
            Title("4/4 evaluation");
            var content = EvaluateCheckpoint.Run(new EvaluateCheckpoint.Call(call.Run.Best, call.Scenes, "val", Backend: call.Backend, Threads: call.Threads, Yes: call.Yes), stop);
            ReportPage.Write(call.Run.Report, content with { Facts = [("mIoU of single pixels", Number(baseline.MeanIou))] });
            Summarize(call, content.Scores!, baseline, watch.Elapsed);
            return ExitCodes.Ok;
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine($"stopped; go on with: {call.Again}");
            return ExitCodes.Interrupted;
        }
    }

    // Before anything is drawn: a run of other settings or on other scenes is not gone on with.
    private static void CheckSameRun(DemoCall call)
    {
        if (call.Overwrite || !call.Run.HoldsRun) return;
        var there = RunConfigs.Read(File.ReadAllText(call.Run.Config), call.Run.Config);
        bool otherScenes = Directory.Exists(call.Scenes) && !StreetScenesWriter.IsComplete(call.Scenes, call.SceneOptions);
        if (otherScenes || RunConfigs.Write(there) != RunConfigs.Write(call.Config))
            throw new PixelNetException($"{call.Folder} holds a demo of another seed or of other settings; begin anew with --overwrite, or name another folder with --out");
    }

    private static void DrawScenes(DemoCall call, CancellationToken stop)
    {
        if (StreetScenesWriter.IsComplete(call.Scenes, call.SceneOptions)) Console.WriteLine($"{call.Scenes} holds them already");
        else StreetScenesVerb.Write(call.Scenes, call.SceneOptions, stop);
    }

    private static PixelBaselineScore MeasureBaseline(DemoCall call, CancellationToken stop)
    {
        ISegmentationDataset train = Datasets.Open(call.Scenes, "train"), validation = Datasets.Open(call.Scenes, "val");
        using var backend = Backends.Create(call.Backend, call.Threads);
        var options = call.Config.ToLoader(train.Labels.Count, threads: 1);
        double[]? weights = ClassWeighting.Of(call.Config, train, train.Labels.Count);
        var score = CountDisplay.Show("Training a classifier of (R, G, B, x, y)", progress =>
            PixelBaseline.Measure(train, validation, options, call.Config.Schedule.Steps, weights, backend, progress, stop));
        Console.WriteLine($"a classifier of single pixels by colour and place, trained on the same pixels: mIoU {Number(score.MeanIou)}");
        return score;
    }

    private static void Summarize(DemoCall call, SegmentationScores scores, PixelBaselineScore baseline, TimeSpan elapsed)
    {
        var weakest = scores.Evaluated.Where(id => !double.IsNaN(scores.ClassIou[id])).OrderBy(id => scores.ClassIou[id]).Take(2);
        Console.WriteLine();
        Console.WriteLine($"mIoU             {Number(scores.MeanIou)} on street scenes that it has never seen, pixel accuracy {Number(scores.PixelAccuracy)}");
        Console.WriteLine($"single pixels    {Number(baseline.MeanIou)}: what colour and place alone can tell");
        Console.WriteLine($"weakest classes  {string.Join(", ", weakest.Select(id => $"{scores.Labels[id].Name} {Number(scores.ClassIou[id])}"))}");
        Console.WriteLine($"report           {call.Run.Report} (open it in a browser)");
        Console.WriteLine($"time             {elapsed.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture)} s");
        Console.WriteLine();
        Console.WriteLine("Next:");
        Console.WriteLine($"  ./build.sh run -- predict --checkpoint {call.Run.Best} YOUR_IMAGES --out predictions");
        Console.WriteLine("  ./build.sh run -- train --preset camvid --data CAMVID_FOLDER --out runs/camvid");
    }

    private static void Title(string title)
    {
        Console.WriteLine();
        Console.WriteLine($"== {title}");
    }

    private static string Number(double value) => value.ToString("F3", CultureInfo.InvariantCulture);
}
