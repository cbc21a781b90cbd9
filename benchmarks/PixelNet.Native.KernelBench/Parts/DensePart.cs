using System.Diagnostics;
using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Evaluation;
using PixelNet.Native.KernelBench.Measurement;
using PixelNet.Native.KernelBench.Results;
using PixelNet.Native.Model;

namespace PixelNet.Native.KernelBench.Parts;

/// <summary>The label of every pixel of an image of 2048 x 1024, heads 256 and 1024 wide, from the image in host memory to the labels in host memory.</summary>
internal static class DensePart
{
    private const int Samples = 11, FewestSamples = 3, Classes = 19;
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(0.8);

    public static ResultFile Run(ICudaDriver driver, bool emulated, TimeBudget budget, Action<ResultRow> progress, string? algorithms = null)
    {
        var rows = new List<ResultRow>();
        foreach (int width in (int[])[1024, 256])
        {
            byte[] weights = [];
            foreach (var contender in StepContenders.All(emulated, algorithms))
            {
                rows.Add(Row(width, contender, driver, emulated, budget, ref weights));
                progress(rows[^1]);
            }
        }
        return new ResultFile { Rows = rows, Notes = emulated ? ["dense: a tiny network, nothing is timed, the emulator has no clock"] : [] };
    }

    private static ResultRow Row(int headWidth, Rows.Contender contender, ICudaDriver driver, bool emulated, TimeBudget budget, ref byte[] weights)
    {
        var config = RunConfigs.Load("city", null, emulated ? ["model.width=0.0625", "model.head=[24, 24]"] : [$"model.head=[{headWidth}, {headWidth}]"]);
        var (height, width) = emulated ? (32, 48) : (1024, 2048);
        var row = new ResultRow
        {
            Id = $"dense {headWidth}",
            Shape = $"{height}x{width}",
            Precision = contender.Precision == Precision.Tf32 ? "tf32" : "fp32",
            Impl = contender.Impl,
            IsDefault = contender.IsDefault,
        };
        if (!budget.IsLeft) return row with { Note = "not measured: out of time" };
        try
        {
            using var backend = new CudaBackend(driver, contender.Options, ownsDriver: false);
            using var parameters = ModelParameters.Plan(config.ToModel(Classes));
            parameters.Allocate(backend);
            FirstWeights.Set(parameters, backend, 1, ref weights);
            using var predictor = new DensePredictor(parameters, backend, config.Input.ToPreprocessing());
            byte[] image = new byte[3 * height * width], labels = new byte[height * width], again = new byte[height * width];
            new Random(1).NextBytes(image);
            predictor.Predict(image, height, width, labels, height, width);
            predictor.Predict(image, height, width, again, height, width);
            row = row with
            {
                PeakBytes = parameters.Values.ByteLength + predictor.PlannedBytes,
                Deterministic = labels.AsSpan().SequenceEqual(again),
                Fault = labels.AsSpan().SequenceEqual(again) ? labels.Max() < Classes ? null : "a label is no class" : "two predictions gave other labels",
            };
            if (emulated) return row;
            var samples = new List<double>();
            long begin = Stopwatch.GetTimestamp();
            while (samples.Count < FewestSamples || samples.Count < Samples && Stopwatch.GetElapsedTime(begin) < Each)
            {
                long start = Stopwatch.GetTimestamp();
                predictor.Predict(image, height, width, labels, height, width);
                samples.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
            return row with { Timing = Timing.Of(samples, 1) };
        }
        catch (Exception e) when (e is PixelNetException or InsufficientMemoryException)
        {
            return row with { Note = $"not measured: {e.Message}" };
        }
    }
}
