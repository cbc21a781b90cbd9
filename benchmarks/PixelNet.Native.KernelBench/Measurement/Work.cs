namespace PixelNet.Native.KernelBench.Measurement;

/// <summary>What a call has to do at least, whoever does it.</summary>
/// <param name="Flop">Multiply-adds counted as two.</param>
/// <param name="DramBytes">Bytes of distinct inputs read once and of outputs written once.</param>
/// <param name="L2Bytes">Bytes that go through the L2 at least, where those are more; 0 = the same.</param>
public sealed record Work(double Flop, double DramBytes, double L2Bytes = 0);
