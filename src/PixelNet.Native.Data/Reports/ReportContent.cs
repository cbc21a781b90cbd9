using PixelNet.Native.Data.Runs;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Reports;

/// <summary>What a report tells. No times and no paths of this machine, so equal runs have equal reports.</summary>
public sealed record ReportContent
{
    /// <summary>The headline.</summary>
    public required string Title { get; init; }

    /// <summary>One line below it: what was evaluated.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Facts beside the scores, such as the steps done, as name and value.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts { get; init; } = [];

    /// <summary>The training so far; empty = no curves.</summary>
    public IReadOnlyList<RunLogRow> Log { get; init; } = [];

    /// <summary>The scores; null before the first validation.</summary>
    public SegmentationScores? Scores { get; init; }

    /// <summary>The images to show; null = none.</summary>
    public ReportGallery? Gallery { get; init; }

    /// <summary>The run's configuration as text; empty = not shown.</summary>
    public string Configuration { get; init; } = "";
}
