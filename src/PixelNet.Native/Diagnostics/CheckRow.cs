namespace PixelNet.Native.Diagnostics;

/// <summary>One tensor of one case, checked.</summary>
/// <param name="Op">The op's stem, such as <c>Conv2d</c>; <c>PixelNet</c> for a whole net.</param>
/// <param name="Case">The case's name.</param>
/// <param name="Tensor">The tensor that was checked, such as <c>dw</c>.</param>
/// <param name="Checked">How many of its elements were looked at one by one.</param>
/// <param name="Count">How many it has.</param>
/// <param name="Error">The worst relative error that was met.</param>
/// <param name="Limit">What it may be.</param>
/// <param name="Note">What a reader should know beside it; empty = nothing.</param>
/// <param name="Fault">One sentence on what is wrong; null = the tensor passed.</param>
public sealed record CheckRow(string Op, string Case, string Tensor, long Checked, long Count, double Error, double Limit, string Note, string? Fault)
{
    /// <summary>Whether the tensor passed.</summary>
    public bool Passed => Fault is null;
}
