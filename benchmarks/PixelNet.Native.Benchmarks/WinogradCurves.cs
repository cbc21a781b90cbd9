using System.Globalization;
using System.Text;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Data;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Training;

namespace PixelNet.Native.Benchmarks;

/// <summary>
/// Whether Winograd's convolution shows in training: preset <c>camvid</c>, shortened, with it and with direct sums, some seeds each. Training is chaotic, so
/// the runs of one seed part after some steps; what is compared is the difference of the means with the spread of the seeds.
/// </summary>
internal static class WinogradCurves
{
    private const int Seeds = 3, Points = 8;

    /// <summary>Trains; the table.</summary>
    /// <param name="threads">Threads of a run.</param>
    /// <param name="options"><c>[--steps N] [--data DIR]</c>.</param>
    public static string Run(int threads, string[] options)
    {
        string data = Option(options, "--data") ?? "../shared/data/camvid";
        if (!int.TryParse(Option(options, "--steps") ?? "300", NumberStyles.None, CultureInfo.InvariantCulture, out int steps) || steps < Points)
            throw new PixelNetException($"--steps takes a number of at least {Points}");
        // By turns, so that a busy neighbour hits both.
        Curve[] winograd = new Curve[Seeds], direct = new Curve[Seeds];
        for (int i = 0; i < Seeds; i++)
        {
            winograd[i] = Train(data, steps, i + 1, exact: false, threads);
            direct[i] = Train(data, steps, i + 1, exact: true, threads);
        }
        return Text(steps, threads, winograd, direct);
    }

    private static Curve Train(string data, int steps, int seed, bool exact, int threads)
    {
        string path = Directory.CreateTempSubdirectory("pixelnet-curves-").FullName;
        try
        {
            var config = RunConfigs.Load("camvid", settings: [$"schedule.steps={steps}", $"seed={seed}", "validation.every=0", "validation.images=0"]);
            using var backend = new CpuBackend(threads, exact);
            var folder = RunFolder.Create(path, overwrite: true);
            using var run = new TrainingRun(config, Datasets.Open(data, "train"), Datasets.Open(data, "val"), folder, backend);
            Console.Error.WriteLine($"seed {seed}, {backend.Level}: {steps} steps");
            run.Open(new Silent());
            run.Train(new Silent(), CancellationToken.None);
            var rows = RunLog.Read(folder.Log);
            return new(backend.Level, [.. rows.Select(row => row.Loss).Chunk((steps + Points - 1) / Points).Select(part => part.Average())], rows[^1].ValMeanIou ?? double.NaN, rows[^1].ValPixelAccuracy ?? double.NaN);
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static string Text(int steps, int threads, Curve[] winograd, Curve[] direct)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));
        Line($"# Training curves with Winograd's convolution and with direct sums");
        Line($"");
        Line($"`./build.sh bench winograd-curves --steps {steps}`: preset camvid, {steps} steps in place of 2,500, seeds 1 to {Seeds}, {threads} threads; validated at the end on all images of val. Difference: of the means,");
        Line($"and in standard errors of it, by the spread of the seeds. Indistinguishable: none beyond 2, but for one of twenty.");
        Line($"");
        Line($"| what | {winograd[0].Level}: seeds 1 to {Seeds} | mean | deviation | {direct[0].Level}: seeds 1 to {Seeds} | mean | deviation | difference | in standard errors |");
        Line($"|---|---|---|---|---|---|---|---|---|");
        int each = (steps + Points - 1) / Points;
        for (int p = 0; p < winograd[0].Losses.Length; p++) Row($"loss, steps {p * each + 1} to {Math.Min((p + 1) * each, steps)}", curve => curve.Losses[p]);
        Row("val mIoU", curve => curve.MeanIou);
        Row("val pixel accuracy", curve => curve.PixelAccuracy);
        return text.ToString();

        void Row(string what, Func<Curve, double> value)
        {
            double[] a = [.. winograd.Select(value)], b = [.. direct.Select(value)];
            double difference = a.Average() - b.Average(), error = Math.Sqrt((Variance(a) + Variance(b)) / Seeds);
            Line($"| {what} | {List(a)} | {a.Average():F4} | {Math.Sqrt(Variance(a)):F4} | {List(b)} | {b.Average():F4} | {Math.Sqrt(Variance(b)):F4} | {difference:F4} | {difference / error:F1} |");
        }
    }

    private static string List(double[] values) => string.Join(", ", values.Select(value => value.ToString("F4", CultureInfo.InvariantCulture)));

    private static double Variance(double[] values) => values.Sum(value => (value - values.Average()) * (value - values.Average())) / (values.Length - 1);

    private static string? Option(string[] options, string name)
    {
        int at = Array.IndexOf(options, name);
        return at < 0 ? null : at + 1 < options.Length ? options[at + 1] : throw new PixelNetException($"{name} takes a value");
    }

    private sealed record Curve(string Level, double[] Losses, double MeanIou, double PixelAccuracy);

    private sealed class Silent : ITrainingProgress
    {
        public void Stepped(long step, StepResult result)
        {
        }

        public void Validating(int done, int all)
        {
        }

        public void Validated(long step, SegmentationScores scores, bool best)
        {
        }

        public void Note(string sentence) => Console.Error.WriteLine(sentence);
    }
}
