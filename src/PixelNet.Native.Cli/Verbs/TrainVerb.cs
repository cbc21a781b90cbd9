using System.CommandLine;
using System.Diagnostics;
using PixelNet.Native.Data;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Model;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet train</c>: a run folder with configuration, log, checkpoints and report.</summary>
internal static class TrainVerb
{
    public static Command Create()
    {
        var preset = new Option<string?>("--preset") { Description = $"What to start from: {string.Join(", ", RunConfigs.PresetNames)}" };
        var config = new Option<string?>("--config") { Description = "TOML file laid over the preset; a run folder's config.toml alone reproduces the run" };
        var set = new Option<string[]>("--set") { Description = "One key, such as --set schedule.steps=500; may be repeated", DefaultValueFactory = _ => [] };
        var data = new Option<string>("--data") { Description = "Data folder: Cityscapes or CamVid", Required = true };
        var folder = new Option<string>("--out") { Description = "Run folder", Required = true };
        var resume = new Option<bool>("--resume") { Description = "Go on with the run in --out, bit for bit; begins it if there is none" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the run in --out" };
        var trainSplit = new Option<string>("--split") { Description = "Split to train on", DefaultValueFactory = _ => "train" };
        var valSplit = new Option<string>("--val-split") { Description = "Split to validate on; none = no validation", DefaultValueFactory = _ => "val" };
        var backend = Backends.NameOption();
        var threads = Backends.ThreadsOption();
        var command = new Command("train", """
            Train PixelNet. Examples:
              pixelnet train --preset camvid --data camvid --out runs/camvid
              pixelnet train --preset camvid --data camvid --out runs/camvid --resume
              pixelnet train --preset city --data cityscapes --out runs/city --set sampling.pixels=5000
            """)
        { preset, config, set, data, folder, resume, overwrite, trainSplit, valSplit, backend, threads };
        command.SetAction(call =>
        {
            if (call.GetValue(resume) && call.GetValue(overwrite)) throw new WrongCallException("--resume goes on with a run and --overwrite replaces it; give one of them");
            var asked = call.GetValue(preset) is null && call.GetValue(config) is null && call.GetValue(set) is [] ? null
                : RunConfigs.Load(call.GetValue(preset), call.GetValue(config), call.GetValue(set));
            string valName = call.GetValue(valSplit)!;
            return Train(new TrainCall(asked, call.GetValue(data)!, call.GetValue(folder)!, call.GetValue(resume), call.GetValue(overwrite),
                call.GetValue(trainSplit)!, valName == "none" ? null : valName, call.GetValue(backend)!, call.GetValue(threads)));
        });
        return command;
    }

    /// <summary>What a training run was asked for.</summary>
    /// <param name="Config">Null = the run folder's.</param>
    /// <param name="Data">Data folder.</param>
    /// <param name="Folder">Run folder.</param>
    /// <param name="Resume">Go on with the run in it.</param>
    /// <param name="Overwrite">Replace the run in it.</param>
    /// <param name="TrainSplit">Split to train on.</param>
    /// <param name="ValSplit">Split to validate on; null = none.</param>
    /// <param name="Backend">Backend by name.</param>
    /// <param name="Threads">Its threads.</param>
    internal sealed record TrainCall(RunConfig? Config, string Data, string Folder, bool Resume, bool Overwrite, string TrainSplit = "train", string? ValSplit = "val", string Backend = "auto", int Threads = 0);

    /// <summary>Trains, or goes on; also the second step of <c>demo</c>.</summary>
    internal static int Train(TrainCall call)
    {
        var watch = Stopwatch.StartNew();
        // Everything that can be wrong is found before the folder is touched.
        var train = Datasets.Open(call.Data, call.TrainSplit);
        var validation = call.ValSplit is null ? null : Datasets.Open(call.Data, call.ValSplit);
        var (folder, config) = OpenFolder(call);
        using var backend = Backends.Create(call.Backend, call.Threads);
        using var run = new TrainingRun(config, train, validation, folder, backend);
        Console.WriteLine($"preset {config.Preset}: {run.ParameterCount:N0} parameters, {train.Count} images to train on, {validation?.Count ?? 0} to validate on, {run.Steps} steps of {config.Sampling.Images} x {config.Sampling.Pixels} pixels at {config.Input.Width}x{config.Input.Height}");
        Console.WriteLine($"backend {backend.Name} ({backend.Level}); planned memory {MemoryTable.MiB(run.PlannedBytes)} plus the runtime");
        using var interruption = new Interruption();
        run.Open(new TrainingDisplay(run));
        if (run.Step > 0) Console.WriteLine($"going on after step {run.Step}");
        bool finished = TrainingDisplay.Show(run, progress => run.Train(progress, interruption.Token));
        if (!finished)
        {
            Console.WriteLine($"stopped after step {run.Step}, saved in {folder.Last}; go on with: ./build.sh run -- train --data {call.Data} --out {call.Folder} --resume");
            return ExitCodes.Interrupted;
        }
        Console.WriteLine($"finished in {watch.Elapsed.TotalSeconds:F0} s, peak memory {MemoryTable.MiB(Process.GetCurrentProcess().PeakWorkingSet64)}: {folder.Best} (best), {folder.Last} (last), {folder.Log}");
        return ExitCodes.Ok;
    }

    private static (RunFolder, RunConfig) OpenFolder(TrainCall call)
    {
        var existing = RunFolder.Open(call.Folder);
        if (call.Resume && existing.HoldsRun)
        {
            var there = RunConfigs.Read(File.ReadAllText(existing.Config), existing.Config);
            if (call.Config is not null && RunConfigs.Write(call.Config) != RunConfigs.Write(there))
                throw new PixelNetException($"{existing.Config} differs from the configuration of this call; leave --preset, --config and --set out to go on with the run as it was begun");
            return (existing, there);
        }
        if (call.Config is null) throw new WrongCallException(call.Resume
            ? $"{call.Folder} holds no run to go on with; begin one with --preset or --config"
            : "name a --preset or a --config to train with");
        var folder = RunFolder.Create(call.Folder, call.Overwrite);
        AtomicFile.WriteText(folder.Config, RunConfigs.Write(call.Config));
        return (folder, call.Config);
    }
}
