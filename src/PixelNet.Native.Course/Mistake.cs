namespace PixelNet.Native.Course;

/// <summary>One thing that is still wrong with a solution.</summary>
/// <param name="Kind">A kind of the emulator's findings, e.g. <c>out-of-bounds</c>; else <c>wrong-result</c>, <c>declaration</c> or <c>launch</c>.</param>
/// <param name="SourceLine">Line of the <c>.cu</c> source, 0 if it concerns none or is unknown.</param>
/// <param name="PtxLine">Line of the PTX, 0 if it concerns none.</param>
/// <param name="Message">What happened, in one sentence.</param>
/// <param name="Meaning">What that means and where to look.</param>
/// <param name="Sizes">The sizes at which it happened, e.g. <c>n = 300</c>.</param>
public sealed record Mistake(string Kind, int SourceLine, int PtxLine, string Message, string Meaning, IReadOnlyList<string> Sizes);

/// <summary>What a check found.</summary>
/// <param name="Exercise">The exercise.</param>
/// <param name="Sizes">How many sizes the kernel was launched at.</param>
/// <param name="Orders">Orders of warps and blocks that each size ran in.</param>
/// <param name="Mistakes">What is wrong; none if it is solved.</param>
public sealed record CheckReport(Exercise Exercise, int Sizes, int Orders, IReadOnlyList<Mistake> Mistakes)
{
    /// <summary>Whether nothing is wrong.</summary>
    public bool IsSolved => Mistakes.Count == 0;
}
