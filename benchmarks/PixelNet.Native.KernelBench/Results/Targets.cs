namespace PixelNet.Native.KernelBench.Results;

/// <summary>What is to be shown: peer's time / own time, at least.</summary>
/// <param name="Id">The row.</param>
/// <param name="Precision">Of both.</param>
/// <param name="Impl">Ours; null = what the backend takes if nothing else is said.</param>
/// <param name="Peer">Theirs.</param>
/// <param name="Ratio">At least.</param>
/// <param name="Claim">What several targets are together, in a summary; null = each stands alone.</param>
public sealed record Target(string Id, string Precision, string? Impl, string Peer, double Ratio, string? Claim = null)
{
    /// <summary>Issue by issue; the last word on each is the table's.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        new("gather A forward", "fp32", null, "eager grid_sample", 10),
        new("gather A backward", "fp32", null, "eager grid_sample", 12),
        new("sgd", "fp32", null, "eager fused", 0.95),
        new("adam", "fp32", null, "eager fused", 0.95),
        new("mlp 4096 forward+backward", "fp32", null, "eager", 0.85),
        new("mlp 4096 forward+backward", "tf32", null, "eager", 0.6),
        new("mlp 256 forward+backward", "fp32", null, "eager", 2),
        .. from layer in (string[])["conv1_2", "conv3_2", "conv5_2"]
           from pass in (string[])["forward", "backward input", "backward weight"]
           from precision in (string[])["fp32", "tf32"]
           select new Target($"{layer} {pass}", precision, null, "cuDNN", 0.25, "own convolutions"),
        .. from preset in (string[])["deck", "city"]
           from precision in (string[])["fp32", "tf32"]
           select new Target($"step {preset}", precision, "cuDNN", "eager", 1),
    ];
}
