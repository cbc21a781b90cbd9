using System.Diagnostics;
using PixelNet.Native.Backends;
using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Data;
using PixelNet.Native.Data.Loading;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Data.StreetScenes;
using PixelNet.Native.KernelBench.Measurement;
using PixelNet.Native.KernelBench.Results;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Training;

namespace PixelNet.Native.KernelBench.Parts;

/// <summary>
/// A training step of the presets <c>deck</c> and <c>city</c>, as a run makes it: images of 2048 x 1024 that are decoded, augmented and sampled by loader
/// threads; and the same with one batch over and over, which leaves the loader out. By the clock of the host, which waits for the loss of every step.
/// </summary>
internal static class StepPart
{
    // The first step loads modules, the second captures, the third is the first replay.
    private const int WarmUpSteps = 3, FewestSteps = 5, MostSteps = 100;
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(0.8);
    private static readonly string[] Presets = ["deck", "city"];

    // On the emulator: the same presets, small.
    private static readonly string[] TinySettings = ["input.width=48", "input.height=32", "model.width=0.0625", "model.head=[16, 16]", "sampling.images=1", "sampling.pixels=20"];

    public static ResultFile Run(ICudaDriver driver, bool emulated, TimeBudget budget, Action<ResultRow> progress, string? algorithms = null)
    {
        var rows = new List<ResultRow>();
        var scenes = Directory.CreateTempSubdirectory("kernel-bench-");
        try
        {
            string folder = Path.Combine(scenes.FullName, "scenes");
            StreetScenesWriter.Write(folder, new StreetScenesOptions { Train = emulated ? 2 : 8, Val = 0, Test = 0, Width = emulated ? 64 : 2048, Height = emulated ? 32 : 1024 });
            var train = Datasets.Open(folder, "train");
            foreach (string preset in Presets)
            {
                byte[] weights = [];
                foreach (var contender in StepContenders.All(emulated, algorithms))
                    foreach (var row in Rows(preset, contender, train, driver, emulated, budget, ref weights))
                    {
                        rows.Add(row);
                        progress(row);
                    }
            }
        }
        finally
        {
            scenes.Delete(recursive: true);
        }
        return new ResultFile { Rows = rows, Notes = emulated ? ["step: tiny networks, nothing is timed, the emulator has no clock"] : [] };
    }

    private static ResultRow[] Rows(string preset, Rows.Contender contender, ISegmentationDataset train, ICudaDriver driver, bool emulated, TimeBudget budget, ref byte[] weights)
    {
        var config = RunConfigs.Load(preset, null, emulated ? TinySettings : []);
        var loaderOptions = config.ToLoader(train.Labels.Count, Math.Clamp(Environment.ProcessorCount / 2, 1, 8));
        var input = new NormalizeSizes(loaderOptions.Images, loaderOptions.Height, loaderOptions.Width);
        var row = new ResultRow
        {
            Id = $"step {preset}",
            Shape = $"{input.N}x{input.H}x{input.W}, {loaderOptions.Pixels} pixels each",
            Precision = contender.Precision == Precision.Tf32 ? "tf32" : "fp32",
            Impl = contender.Impl,
            IsDefault = contender.IsDefault,
        };
        if (!budget.IsLeft) return [row with { Note = "not measured: out of time" }];
        try
        {
            using var backend = new CudaBackend(driver, contender.Options, ownsDriver: false);
            using var model = new PixelNetModel(config.ToModel(train.Labels.Count), backend, input, loaderOptions.Images * loaderOptions.Pixels, ModelMode.Training, config.Input.ToPreprocessing());
            var trainer = new Trainer(model, config.ToTrainer());
            using var loader = new BatchLoader(train, loaderOptions, model.Levels);
            model.Allocate();
            FirstWeights.Set(model.Parameters, backend, (ulong)config.Seed, ref weights);
            model.SetClassWeights(ClassWeighting.Of(config, train, model.Config.Classes));
            row = row with { PeakBytes = model.Plan.TotalBytes, Work = new Work(model.StepFlops, 0) };
            long step = 0;
            HostBatch? next = null;
            var results = new List<StepResult>();
            Action withLoader = () =>
            {
                var batch = next ?? loader.Take(step + 1);
                next = null;
                step++;
                results.Add(trainer.Step(step, batch, () => next = loader.Take(step + 1)));
                loader.Return(batch);
            };
            var loaded = Time(withLoader, WarmUpSteps, emulated);
            var same = next ?? loader.Take(step + 1);
            var device = Time(() => results.Add(trainer.Step(++step, same)), 1, emulated);
            loader.Return(same);
            string? fault = results.All(result => double.IsFinite(result.Loss)) ? null : "a loss is not a number";
            double Hours(Timing timing) => timing.MedianUs / 1e6 * config.Schedule.Steps / 3600;
            return
            [
                row with { Timing = device, ProjectedHours = device is null ? null : Hours(device), Fault = fault },
                row with { Id = $"step {preset}, images read", Timing = loaded, ProjectedHours = loaded is null ? null : Hours(loaded), Fault = fault },
            ];
        }
        catch (Exception e) when (e is PixelNetException or InsufficientMemoryException)
        {
            return [row with { Note = $"not measured: {e.Message}" }];
        }
    }

    private static Timing? Time(Action step, int warmUp, bool emulated)
    {
        for (int i = 0; i < (emulated ? 1 : warmUp); i++) step();
        if (emulated) return null;
        var samples = new List<double>();
        long begin = Stopwatch.GetTimestamp();
        while (samples.Count < FewestSteps || samples.Count < MostSteps && Stopwatch.GetElapsedTime(begin) < Each)
        {
            long start = Stopwatch.GetTimestamp();
            step();
            samples.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }
        return Timing.Of(samples, 1);
    }
}
