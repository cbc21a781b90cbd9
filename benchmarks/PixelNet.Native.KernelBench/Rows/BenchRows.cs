namespace PixelNet.Native.KernelBench.Rows;

/// <summary>All rows, the most important first: the shapes of the training step and of dense prediction, or tiny ones of the same kind.</summary>
/// <param name="tiny">Small enough for the emulator.</param>
internal sealed partial class BenchRows(bool tiny)
{
    private const int Classes = 19;

    /// <summary>All rows.</summary>
    public IReadOnlyList<BenchRow> All => [.. Gather(), .. Heads(), .. Optimizers(), .. Convolutions(), .. Elementwise(), .. Products()];

    private int Pick(int full, int small) => tiny ? small : full;
}
