namespace PixelNet.Native.Backends.Counting;

/// <summary>One op of one layer, as often as it was called.</summary>
/// <param name="Op">The member of <see cref="IBackend"/>, such as <c>Conv2dForward</c>.</param>
/// <param name="Layer">The tensor that names the layer, such as <c>conv3_2.weight</c>.</param>
/// <param name="Calls">How often.</param>
/// <param name="Flops">Of all calls; multiply-adds counted as two.</param>
/// <param name="Bytes">Least traffic of all calls: what is needed read once, what is made written once.</param>
public sealed record CountedRow(string Op, string Layer, long Calls, long Flops, long Bytes);
