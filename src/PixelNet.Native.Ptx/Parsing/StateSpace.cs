namespace PixelNet.Native.Ptx.Parsing;

/// <summary>Where a variable lives or an access goes (PTX ISA 7.8, section 5.1).</summary>
internal enum StateSpace
{
    /// <summary>No space written: the address tells it (generic addressing).</summary>
    Generic,
    Global,
    Const,
    Shared,
    Local,
    Param,
}
