namespace PixelNet.Native.Training;

/// <summary>A loss that is NaN or infinite, or such a number in what a checkpoint would hold: the run has diverged. The message says where and what
/// to do.</summary>
/// <param name="message">The sentence.</param>
/// <param name="step">The step, from 1.</param>
/// <param name="tensorName">The first tensor that holds such a number; null if none does.</param>
public sealed class NonFiniteException(string message, long step, string? tensorName) : PixelNetException(message)
{
    /// <summary>The step, from 1.</summary>
    public long Step { get; } = step;

    /// <summary>The first tensor, in forward order and else among the gradients, that holds a NaN or an infinity; null if none does.</summary>
    public string? TensorName { get; } = tensorName;
}
