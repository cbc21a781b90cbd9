namespace PixelNet.Native.Ptx;

/// <summary>A kernel (<c>.entry</c>) of a module: its name and parameters.</summary>
/// <param name="Name">Entry name.</param>
/// <param name="Line">PTX line of its declaration.</param>
/// <param name="Parameters">Parameters in order.</param>
/// <param name="ParameterBytes">Size of the parameter block.</param>
/// <param name="MaxThreads">Most threads of a block (<c>.maxntid</c>), 0 if not limited.</param>
public sealed record PtxEntry(string Name, int Line, IReadOnlyList<PtxParameter> Parameters, int ParameterBytes, int MaxThreads);
