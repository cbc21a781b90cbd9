using System.CommandLine;
using PixelNet.Native.Data;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Runs;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet plan</c>: memory and work of a training run, before any of it is taken.</summary>
internal static class PlanVerb
{
    private const int CityscapesClasses = 19;

    public static Command Create()
    {
        var preset = new Option<string?>("--preset") { Description = $"What to plan: {string.Join(", ", RunConfigs.PresetNames)}" };
        var config = new Option<string?>("--config") { Description = "TOML file that overrides the preset" };
        var set = new Option<string[]>("--set") { Description = "Override one key, such as --set sampling.pixels=500; may be repeated", DefaultValueFactory = _ => [] };
        var size = new Option<string?>("--size") { Description = "Size that the network sees, such as 1024x512; default: the configuration's" };
        var images = new Option<int?>("--images") { Description = "Images a step; default: the configuration's" };
        var pixels = new Option<int?>("--pixels") { Description = "Sampled pixels an image; default: the configuration's" };
        var data = new Option<string?>("--data") { Description = "Data folder whose classes, image sizes and kept images are counted; default: 19 classes, no images kept" };
        var valSplit = new Option<string>("--val-split") { Description = "Split to validate on; none = no validation", DefaultValueFactory = _ => "val" };
        var image = new Option<string?>("--image-size") { Description = "Size of the images that are validated, without --data; default: what the network sees" };
        var backend = new Option<string>("--backend") { Description = "Which of the two has to fit: cpu or cuda", DefaultValueFactory = _ => "cpu" };
        var memory = new Option<string?>("--memory") { Description = "What there is, such as 8GB or 7.5GiB; default: this machine's memory for the cpu" };
        var layers = new Option<bool>("--layers") { Description = "The ops of each layer one by one" };
        var json = new Option<string?>("--json") { Description = "Write everything as JSON to this file; - = standard output" };
        var command = new Command("plan", """
            Say what a training run takes, before any of it is taken: parameters, activations, workspace, peak memory on CPU and GPU, FLOPs and bytes of
            each op of a step. Where it does not fit, say what to change, and end with 1. Needs no GPU. Examples:
              pixelnet plan --preset deck
              pixelnet plan --preset city --size 2048x1024 --backend cuda --memory 24GB
              pixelnet plan --preset camvid --data camvid --layers --json plan.json
            """)
        { preset, config, set, size, images, pixels, data, valSplit, image, backend, memory, layers, json };
        command.SetAction(call =>
        {
            string on = call.GetValue(backend)!;
            if (on is not ("cpu" or "cuda")) throw new WrongCallException($"--backend {on}: plan compares with the memory of cpu or cuda");
            if (call.GetValue(data) is not null && call.GetValue(image) is not null) throw new WrongCallException("--image-size is that of the data set where --data is given; leave it out");
            if (call.GetValue(preset) is null && call.GetValue(config) is null) throw new WrongCallException("name a --preset or a --config to plan");
            var settings = new List<string>(call.GetValue(set)!);
            if (call.GetValue(size) is { } typed)
            {
                var (width, height) = ImageSize.Parse("--size", typed);
                settings.AddRange([$"input.width={width}", $"input.height={height}"]);
            }
            if (call.GetValue(images) is { } imageCount) settings.Add($"sampling.images={imageCount}");
            if (call.GetValue(pixels) is { } pixelCount) settings.Add($"sampling.pixels={pixelCount}");
            long? limit = call.GetValue(memory) is { } amount ? MemorySize.Parse("--memory", amount) : on == "cpu" ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes : null;
            JsonTarget.Require(call.GetValue(json));
            var run = RunConfigs.Load(call.GetValue(preset), call.GetValue(config), settings);
            string val = call.GetValue(valSplit)!;
            return Plan(run, call.GetValue(data), val == "none" ? null : val, call.GetValue(image) is { } imageText ? ImageSize.Parse("--image-size", imageText) : null,
                on == "cuda", limit, call.GetValue(layers), call.GetValue(json));
        });
        return command;
    }

    private static int Plan(RunConfig config, string? data, string? valSplit, (int Width, int Height)? imageSize, bool gpuHasToFit, long? limit, bool layers, string? json)
    {
        var train = data is null ? null : Datasets.Open(data, "train");
        var validation = data is null || valSplit is null ? null : Datasets.Open(data, valSplit);
        int classes = train?.Labels.Count ?? CityscapesClasses;
        (int, int)? ImageOf(RunConfig c)
        {
            if (valSplit is null || data is not null && validation is not { Count: > 0 }) return null;
            if (validation is null) return imageSize ?? (c.Input.Width, c.Input.Height);
            var header = validation.ImageHeader(0);
            return (header.Width, header.Height);
        }
        // The emulated driver stands for any GPU: its backend asks for the same workspace and allocates nothing for it.
        using var cpuBackend = Backends.Create("cpu", 0);
        using var gpuBackend = Backends.Create("emulator", 0);
        var cpu = RunPlan.Of(config, classes, cpuBackend, ImageOf(config), train);
        var gpu = RunPlan.Of(config, classes, gpuBackend, ImageOf(config), train);
        long Takes(RunPlan plan) => gpuHasToFit ? plan.DeviceBytes : plan.TotalBytes;
        long needed = Takes(gpuHasToFit ? gpu : cpu);
        bool? fits = limit is null ? null : needed <= limit;
        IReadOnlyList<PlanChange> changes = fits != false ? []
            : PlanChanges.Find(config, limit!.Value, c => Takes(RunPlan.Of(c, classes, gpuHasToFit ? gpuBackend : cpuBackend, ImageOf(c), train)));
        var table = new PlanTable(cpu, gpu, cpuBackend.Level, train is null, gpuHasToFit, needed, limit, changes);
        if (json != "-") table.Write(Console.Out, layers);
        if (json is not null) table.WriteJson(json);
        if (fits != false) return ExitCodes.Ok;
        Console.Error.WriteLine($"error: {table.Verdict()}");
        return ExitCodes.Failed;
    }
}
