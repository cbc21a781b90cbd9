namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Which rows of a case have a target.</summary>
public enum CaseTargets
{
    /// <summary>Every one.</summary>
    AllValid,

    /// <summary>About two thirds; the others have 255, -1 or L.</summary>
    SomeIgnored,

    /// <summary>None.</summary>
    AllIgnored,
}
