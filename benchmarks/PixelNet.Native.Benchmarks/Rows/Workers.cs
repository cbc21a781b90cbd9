using System.Diagnostics;
using System.Globalization;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>
/// A worker process: one implementation of one workload, prepared once; each line on standard input is a number of iterations, each answer the process's peak
/// memory in bytes and their times in milliseconds. The line <c>errors</c> is answered by two relative errors, of ours and of libtorch in float, or by <c>-</c>.
/// </summary>
internal static class Workers
{
    /// <summary>Runs as <c>worker IMPLEMENTATION THREADS WORKLOAD…</c> until standard input ends.</summary>
    public static int Run(string[] args)
    {
        int threads = int.Parse(args[1], CultureInfo.InvariantCulture);
        var workload = Workload.Parse(string.Join(' ', args[2..]));
        var prepared = args[0] switch
        {
            "ours" => OurWork.Prepare(workload, threads),
            "torch" => new Prepared(TorchWork.Prepare(workload, threads, channelsLast: false)),
            "torch-last" => new Prepared(TorchWork.Prepare(workload, threads, channelsLast: true)),
            "ort" => new Prepared(OnnxWork.Prepare(workload, threads)),
            _ => throw new PixelNetException($"no implementation '{args[0]}'"),
        };
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line)
        {
            if (line == "errors")
            {
                Console.WriteLine(Errors(prepared, threads));
                continue;
            }
            var times = new List<string>();
            for (int i = int.Parse(line, CultureInfo.InvariantCulture); i > 0; i--)
            {
                long start = Stopwatch.GetTimestamp();
                prepared.Run();
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString("R", CultureInfo.InvariantCulture));
            }
            Console.WriteLine($"{Process.GetCurrentProcess().PeakWorkingSet64} {string.Join(' ', times)}");
        }
        return 0;
    }

    private static string Errors(Prepared prepared, int threads)
    {
        if (prepared.Errors is null) return "-";
        TorchWork.Load(threads);
        var (ours, torch) = prepared.Errors();
        return string.Create(CultureInfo.InvariantCulture, $"{ours:R} {torch:R}");
    }
}
