using System.Diagnostics;
using System.Globalization;
using System.Text;
using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Training;

namespace PixelNet.Native.Benchmarks;

/// <summary>
/// One training step of preset <c>camvid</c> against its PyTorch twin, in turns of a few steps in one run, so that a busy neighbour hits both.
/// The twin sees images of 240x180 in its own figures; both sizes are measured.
/// </summary>
internal static class CamVidStep
{
    private const int Turns = 12, StepsPerTurn = 4, Classes = 11;

    public static string Run(int threads)
    {
        var text = new StringBuilder();
        text.AppendLine("| images | ours, ms a step (median) | PyTorch, ms a step (median) | PyTorch / ours (median of turns) | spread of turns |");
        text.AppendLine("|---|---|---|---|---|");
        string version = "PyTorch not found";
        foreach (var (width, height) in new[] { (240, 180), (320, 240) })
        {
            using var peer = TorchPeer.Start("camvid_step.py", width, height, threads)
                ?? throw new PixelNetException("no Python with torch was found; install python3-torch or name one by PIXELNET_PYTHON");
            version = peer.Version;
            text.AppendLine(Row(width, height, threads, peer));
        }
        return text.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}{threads} threads each; peer: {version}").AppendLine().ToString();
    }

    private static string Row(int width, int height, int threads, TorchPeer peer)
    {
        using var ours = new Ours(width, height, threads);
        ours.Steps(3);
        peer.Steps(2);
        List<double> mine = [], theirs = [], ratios = [];
        for (int turn = 0; turn < Turns; turn++)
        {
            double[] a = ours.Steps(StepsPerTurn), b = peer.Steps(StepsPerTurn);
            mine.AddRange(a);
            theirs.AddRange(b);
            ratios.Add(Median(b) / Median(a));
        }
        return string.Create(CultureInfo.InvariantCulture,
            $"| 4 x {width}x{height} | {Median(mine):F1} | {Median(theirs):F1} | {Median(ratios):F2} | {ratios.Min():F2} .. {ratios.Max():F2} |");
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private sealed class Ours : IDisposable
    {
        private readonly CpuBackend _backend;
        private readonly PixelNetModel _model;
        private readonly Trainer _trainer;
        private readonly HostBatch _batch;
        private long _step;

        public Ours(int width, int height, int threads)
        {
            var config = RunConfigs.Load("camvid");
            _backend = new CpuBackend(threads);
            var input = new NormalizeSizes(config.Sampling.Images, height, width);
            int samples = config.Sampling.Images * config.Sampling.Pixels;
            _model = new PixelNetModel(config.ToModel(Classes), _backend, input, samples, ModelMode.Training, config.Input.ToPreprocessing());
            _trainer = new Trainer(_model, config.ToTrainer());
            _model.Allocate();
            _model.Initialize(1);
            _batch = new HostBatch(input, samples, _model.Levels);
            var random = new PhiloxStream(1, RandomPurpose.Pixels, 0, 0);
            for (int i = 0; i < _batch.Images.Length; i++) _batch.Images[i] = (byte)random.NextInt(256);
            for (int m = 0; m < samples; m++)
            {
                (_batch.Samples[3 * m], _batch.Samples[3 * m + 1], _batch.Samples[3 * m + 2]) = (m / config.Sampling.Pixels, random.NextInt(height), random.NextInt(width));
                _batch.Targets[m] = random.NextInt(Classes);
            }
            foreach (var cells in _batch.Cells) cells.Build(_batch.Samples);
        }

        public double[] Steps(int count)
        {
            var times = new double[count];
            for (int i = 0; i < count; i++)
            {
                long start = Stopwatch.GetTimestamp();
                _trainer.Step(++_step, _batch);
                times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
            return times;
        }

        public void Dispose()
        {
            _model.Dispose();
            _backend.Dispose();
        }
    }
}
