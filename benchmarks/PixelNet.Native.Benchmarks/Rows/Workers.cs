using System.Diagnostics;
using System.Globalization;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>
/// A worker process: one implementation of one workload, prepared once; each line on standard input is a number of iterations, each answer their times in
/// milliseconds and the process's peak memory in bytes.
/// </summary>
internal static class Workers
{
    /// <summary>Runs as <c>worker IMPLEMENTATION THREADS WORKLOAD…</c> until standard input ends.</summary>
    public static int Run(string[] args)
    {
        int threads = int.Parse(args[1], CultureInfo.InvariantCulture);
        var workload = Workload.Parse(string.Join(' ', args[2..]));
        Action iteration = args[0] switch
        {
            "ours" => OurWork.Prepare(workload, threads),
            "torch" => TorchWork.Prepare(workload, threads, channelsLast: false),
            "torch-last" => TorchWork.Prepare(workload, threads, channelsLast: true),
            "ort" => OnnxWork.Prepare(workload, threads),
            _ => throw new PixelNetException($"no implementation '{args[0]}'"),
        };
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            var times = new List<string>();
            for (int i = int.Parse(line, CultureInfo.InvariantCulture); i > 0; i--)
            {
                long start = Stopwatch.GetTimestamp();
                iteration();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString("R", CultureInfo.InvariantCulture));
            }
            Console.WriteLine($"{Process.GetCurrentProcess().PeakWorkingSet64} {string.Join(' ', times)}");
        }
        return 0;
    }
}
