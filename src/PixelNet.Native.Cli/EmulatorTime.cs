using System.Diagnostics;
using PixelNet.Native.Backends;
using PixelNet.Native.Diagnostics.Cases;

namespace PixelNet.Native.Cli;

/// <summary>How long work will take on the emulator: its FLOPs by the rate at which this machine emulates a convolution.</summary>
internal static class EmulatorTime
{
    /// <summary>What needs no confirmation.</summary>
    public static readonly TimeSpan Unasked = TimeSpan.FromMinutes(10);

    /// <summary>Says beforehand how long the work will take, if it is the emulator that works.</summary>
    /// <param name="backend">What computes.</param>
    /// <param name="flops">The work, multiply-adds counted as two; asked for only if it is the emulator.</param>
    /// <param name="yes">Whether the call says <c>--yes</c>.</param>
    /// <exception cref="WrongCallException">It takes more than 10 minutes, and the call does not say <c>--yes</c>.</exception>
    public static void Announce(IBackend backend, Func<long> flops, bool yes)
    {
        if (backend.Name != "emulator") return;
        double work = flops(), rate = Rate(backend);
        var time = TimeSpan.FromSeconds(work / rate);
        Console.Error.WriteLine($"emulator: {work / 1e9:G3} GFLOP at {rate / 1e6:F0} MFLOP/s, as measured now, take about {Text(time)}");
        if (time > Unasked && !yes)
            throw new WrongCallException($"the emulator would take about {Text(time)}; give --yes to let it, or take --backend cpu, a smaller network or smaller images");
    }

    /// <summary>FLOP per second of the three passes of a convolution, after a first run that translates the kernels.</summary>
    private static double Rate(IBackend backend)
    {
        var convolution = new Conv2dCase { Name = "rate", Sizes = new(1, 16, 24, 16, 32, 3, 3, 1, 1) };
        using var run = new CaseRun(convolution, backend);
        run.Fill();
        run.Forward();
        run.Backward();
        long start = Stopwatch.GetTimestamp(), rounds = 0;
        while (rounds == 0 || Stopwatch.GetElapsedTime(start).TotalSeconds < 0.2)
        {
            convolution.Forward(run);
            convolution.Backward(run);
            rounds++;
        }
        return rounds * (convolution.ForwardFlops + convolution.BackwardFlops) / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static string Text(TimeSpan time) => time.TotalSeconds < 90 ? $"{Math.Max(1, time.TotalSeconds):F0} s"
        : time.TotalMinutes < 90 ? $"{time.TotalMinutes:F0} min"
        : time.TotalHours < 48 ? $"{time.TotalHours:F0} h" : $"{time.TotalDays:F0} days";
}
