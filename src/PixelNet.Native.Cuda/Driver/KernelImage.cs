using System.Text.RegularExpressions;

namespace PixelNet.Native.Cuda.Driver;

/// <summary>The PTX of one module.</summary>
/// <param name="Name">Path below <c>kernels/</c> without ending, such as <c>fill</c> or <c>linear/1_naive</c>: for messages.</param>
/// <param name="Ptx">The text; the same string each time it is asked for, so that a driver may know it by reference.</param>
/// <param name="Lines">Text of the map from PTX lines to <c>.cu</c> lines; null = none. A GPU does not need it.</param>
public sealed partial record KernelImage(string Name, string Ptx, string? Lines = null)
{
    /// <summary>Ten times the compute capability that it needs, from its <c>.target</c>: 70. It runs on any higher one too.</summary>
    public int ComputeCapability { get; } = TargetLine().Match(Ptx) is { Success: true } target ? int.Parse(target.Groups[1].Value) : 0;

    [GeneratedRegex(@"^\.target sm_(\d+)", RegexOptions.Multiline)]
    private static partial Regex TargetLine();
}
