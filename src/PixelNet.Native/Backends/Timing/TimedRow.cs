namespace PixelNet.Native.Backends.Timing;

/// <summary>What one op on one layer took, summed over its calls.</summary>
/// <param name="Op">Method of <see cref="IBackend"/>, such as <c>Conv2dForward</c>.</param>
/// <param name="Layer">The tensor that names the call: the weights, or the output where there are none.</param>
/// <param name="Calls">Number of calls.</param>
/// <param name="Milliseconds">All calls together.</param>
/// <param name="BestMilliseconds">The fastest call: what the op takes when nothing else runs.</param>
/// <param name="Flops">Multiply-adds counted as two, all calls together, of the direct algorithm; 0 where memory is the limit.</param>
public sealed record TimedRow(string Op, string Layer, long Calls, double Milliseconds, double BestMilliseconds, double Flops)
{
    /// <summary>Billions of operations per second, or null for an op that is not counted in them.</summary>
    public double? GigaflopsPerSecond => Flops > 0 && Milliseconds > 0 ? Flops / Milliseconds / 1e6 : null;
}
