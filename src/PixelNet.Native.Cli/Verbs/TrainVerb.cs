using System.CommandLine;
using System.Diagnostics;
using PixelNet.Native.Backends.Timing;
using PixelNet.Native.Cuda;
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
        var weights = new Option<string?>("--weights") { Description = "Pretrained VGG16 that the trunk begins with, in any format of 'weights import'; images are then prepared as it expects" };
        var freeze = new Option<string[]>("--freeze") { Description = "Parameters that do not learn, such as --freeze 'conv1_*'; may be repeated", DefaultValueFactory = _ => [] };
        var data = new Option<string>("--data") { Description = "Data folder: Cityscapes or CamVid", Required = true };
        var folder = new Option<string>("--out") { Description = "Run folder", Required = true };
        var resume = new Option<bool>("--resume") { Description = "Go on with the run in --out, bit for bit; begins it if there is none" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the run in --out" };
        var trainSplit = new Option<string>("--split") { Description = "Split to train on", DefaultValueFactory = _ => "train" };
        var valSplit = new Option<string>("--val-split") { Description = "Split to validate on; none = no validation", DefaultValueFactory = _ => "val" };
        var backend = Backends.NameOption();
        var threads = Backends.ThreadsOption();
        var exact = Backends.ExactOption();
        var noGraph = Backends.NoGraphOption();
        var gpu = new GpuOptions();
        var profile = new Option<bool>("--profile") { Description = "Print a table of where the steps' time went: every op of every layer, in ms and GFLOP/s" };
        var yes = Backends.YesOption();
        var command = new Command("train", """
            Train PixelNet. Examples:
              pixelnet train --preset camvid --data camvid --out runs/camvid
              pixelnet train --preset camvid --data camvid --out runs/camvid --resume
              pixelnet train --preset city --data cityscapes --out runs/city --set sampling.pixels=5000
              pixelnet train --preset city --data cityscapes --out runs/city --backend cuda --precision tf32 --conv cudnn
              pixelnet train --preset deck --weights vgg16.safetensors --freeze 'conv1_*' --set optimizer.trunk_multiplier=0.1 --data cityscapes --out runs/deck
            """)
        { preset, config, set, weights, freeze, data, folder, resume, overwrite, trainSplit, valSplit, backend, threads, exact, noGraph, profile, yes };
        gpu.AddTo(command);
        command.SetAction(call =>
        {
            if (call.GetValue(resume) && call.GetValue(overwrite)) throw new WrongCallException("--resume goes on with a run and --overwrite replaces it; give one of them");
            var (settings, frozen) = (call.GetValue(set)!, call.GetValue(freeze)!);
            var asked = call.GetValue(preset) is null && call.GetValue(config) is null && settings is [] && frozen is [] ? null
                : RunConfigs.Load(call.GetValue(preset), call.GetValue(config), settings);
            if (asked is not null && frozen.Length > 0) asked = asked with { Optimizer = asked.Optimizer with { Freeze = [.. asked.Optimizer.Freeze, .. frozen] } };
            var stated = RunConfigs.Stated("input", call.GetValue(config), settings);
            string valName = call.GetValue(valSplit)!;
            using var interruption = new Interruption();
            return Train(new TrainCall(asked, call.GetValue(data)!, call.GetValue(folder)!, call.GetValue(resume), call.GetValue(overwrite),
                call.GetValue(trainSplit)!, valName == "none" ? null : valName, Backends.Asked(call.GetValue(backend)!, call.GetValue(exact)), call.GetValue(threads), call.GetValue(weights), stated, call.GetValue(profile), call.GetValue(yes), gpu.Read(call, call.GetValue(backend)!) with { Graph = !call.GetValue(noGraph) }), interruption.Token);
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
    /// <param name="Weights">Weight file that the trunk begins with; null = none.</param>
    /// <param name="StatedInput">Keys of <c>[input]</c> that were written for this call, not by a preset; null = none.</param>
    /// <param name="Profile">Time every op and print the table.</param>
    /// <param name="Yes">Whether the emulator may take long.</param>
    /// <param name="Gpu">How a GPU computes; null = the usual way.</param>
    internal sealed record TrainCall(RunConfig? Config, string Data, string Folder, bool Resume, bool Overwrite, string TrainSplit = "train", string? ValSplit = "val", string Backend = "auto", int Threads = 0,
        string? Weights = null, IReadOnlySet<string>? StatedInput = null, bool Profile = false, bool Yes = false, CudaBackendOptions? Gpu = null)
    {
        /// <summary>The command that goes on with the run after it was stopped.</summary>
        public string GoOn { get; init; } = $"./build.sh run -- train --data {Data} --out {Folder} --resume";
    }

    /// <summary>Trains, or goes on; also the second step of <c>demo</c>.</summary>
    internal static int Train(TrainCall call, CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        // Everything that can be wrong is found before the folder is touched.
        var train = Datasets.Open(call.Data, call.TrainSplit);
        var validation = call.ValSplit is null ? null : Datasets.Open(call.Data, call.ValSplit);
        using var weights = call.Weights is null ? null : StartingWeights.Open(call.Weights);
        if (weights is not null && call.Config is { } asked) call = call with { Config = weights.ApplyTo(asked, call.StatedInput ?? new HashSet<string>()) };
        if (call.Config is { } fresh) CheckNetwork(fresh.ToModel(train.Labels.Count), weights);
        using var inner = Backends.Create(call.Backend, call.Threads, call.Gpu);
        var timed = call.Profile ? new TimedBackend(inner) : null;
        var backend = timed ?? inner;
        var (folder, config) = OpenFolder(call, (run, resumed) => EmulatorTime.Announce(inner, () => RunFlops.OfTraining(run, train, validation, resumed, inner), call.Yes));
        weights?.CheckIsOf(config);
        using var run = new TrainingRun(config, train, validation, folder, backend, weights);
        Console.WriteLine($"preset {config.Preset}: {run.ParameterCount:N0} parameters, {train.Count} images to train on, {validation?.Count ?? 0} to validate on, {run.Steps} steps of {config.Sampling.Images} x {config.Sampling.Pixels} pixels at {config.Input.Width}x{config.Input.Height}");
        Console.WriteLine($"{Backends.Text(call.Backend, backend)}; planned memory {MemoryTable.MiB(run.PlannedBytes)} plus the runtime");
        if (weights is not null) Console.WriteLine($"trunk from {call.Weights}: {weights.Weights.Vgg.Convention} in {weights.Weights.Vgg.Format}, which expects {weights.Weights.Preprocessing}");
        run.Open(new TrainingDisplay(run));
        if (run.Step > 0) Console.WriteLine(run.Step == run.Steps ? "the run is finished already" : $"going on after step {run.Step}");
        var profile = timed is null ? null : new StepProfile(timed);
        bool finished = TrainingDisplay.Show(run, progress => run.Train(profile?.Around(progress) ?? progress, stop));
        profile?.Write(Console.Out);
        if (!finished)
        {
            Console.WriteLine($"stopped after step {run.Step}, saved in {folder.Last}; go on with: {call.GoOn}");
            return ExitCodes.Interrupted;
        }
        Console.WriteLine($"finished in {watch.Elapsed.TotalSeconds:F0} s, peak memory {MemoryTable.MiB(Process.GetCurrentProcess().PeakWorkingSet64)}: {folder.Best} (best), {folder.Last} (last), {folder.Log}, {folder.Report} (open it in a browser)");
        return ExitCodes.Ok;
    }

    private static void CheckNetwork(PixelNetConfig model, StartingWeights? weights)
    {
        // Freeze patterns are checked with the names that they are for.
        if (weights is null) ModelParameters.Plan(model).Dispose();
        else weights.CheckFits(model);
    }

    /// <summary>The run's folder and configuration; <paramref name="announce"/> hears what will be run, and in which folder it goes on, before anything is touched.</summary>
    private static (RunFolder, RunConfig) OpenFolder(TrainCall call, Action<RunConfig, RunFolder?> announce)
    {
        var existing = RunFolder.Open(call.Folder);
        if (call.Resume && existing.HoldsRun)
        {
            var there = RunConfigs.Read(File.ReadAllText(existing.Config), existing.Config);
            if (call.Config is not null && RunConfigs.Write(call.Config) != RunConfigs.Write(there))
                throw new PixelNetException($"{existing.Config} differs from the configuration of this call; leave --preset, --config and --set out to go on with the run as it was begun");
            announce(there, existing);
            return (existing, there);
        }
        if (call.Config is null) throw new WrongCallException(call.Resume
            ? $"{call.Folder} holds no run to go on with; begin one with --preset or --config"
            : "name a --preset or a --config to train with");
        if (call.Config.Model.WeightsSha256.Length > 0 && call.Weights is null)
            throw new PixelNetException($"this configuration begins with the weight file of SHA-256 {call.Config.Model.WeightsSha256}; name it with --weights");
        announce(call.Config, null);
        var folder = RunFolder.Create(call.Folder, call.Overwrite);
        AtomicFile.WriteText(folder.Config, RunConfigs.Write(call.Config));
        return (folder, call.Config);
    }
}
