using System.Globalization;
using PixelNet.Native.Ptx;

namespace PixelNet.Native.Cli.Emulation;

/// <summary>Counters of a whole launch and the ratios that people read.</summary>
/// <param name="Sum">All instructions together.</param>
internal readonly record struct LaunchTotals(InstructionCounters Sum)
{
    public static LaunchTotals Of(LaunchReport report) =>
        new(report.Counters.Aggregate(new InstructionCounters(0, 0, "", 0, 0, 0, 0, 0, 0, 0), (a, b) => a.Plus(b)));

    /// <summary>Active lanes of a warp instruction on average, of 32: what divergence and half-full warps cost.</summary>
    public static string Lanes(InstructionCounters c) => c.Executions == 0 ? "" : Ratio(c.ActiveLanes, c.Executions, "F1");

    /// <summary>Sectors over the ideal number; empty where there was no access.</summary>
    public static string Sectors(InstructionCounters c) => c.IdealSectors == 0 ? "" : Ratio(c.GlobalSectors, c.IdealSectors, "F2");

    private static string Ratio(long a, long b, string format) => ((double)a / b).ToString(format, CultureInfo.InvariantCulture);
}
