namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Every case of every op.</summary>
public static class OpCases
{
    /// <summary>All cases, by op.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        .. Conv2dCase.All,
        .. LinearCase.All,
    ];
}
