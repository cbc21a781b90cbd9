namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>A table of rows that are measured against peers.</summary>
/// <param name="Name">The benchmark's name, and that of its file.</param>
/// <param name="Heading">Heading of the file.</param>
/// <param name="Notes">What else is to be known of its rows.</param>
/// <param name="Rows">The rows.</param>
internal sealed record PeerTableKind(string Name, string Heading, string Notes, PeerRow[] Rows);
