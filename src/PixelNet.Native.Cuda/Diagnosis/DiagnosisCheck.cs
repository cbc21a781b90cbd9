namespace PixelNet.Native.Cuda.Diagnosis;

/// <summary>One thing that was looked at and what it is like.</summary>
/// <param name="Name">Such as <c>driver</c> or <c>cuDNN</c>.</param>
/// <param name="Text">For people.</param>
/// <param name="Values">For scripts: strings, whole numbers and lists of strings by name.</param>
public sealed record DiagnosisCheck(string Name, string Text, IReadOnlyDictionary<string, object> Values);
