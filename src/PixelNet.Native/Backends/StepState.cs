using System.Runtime.InteropServices;

namespace PixelNet.Native.Backends;

/// <summary>
/// All that changes from step to step. It lies on the device (a tensor of <see cref="ByteLength"/> bytes, uploaded before each
/// step), so that a captured step replays without being recorded again. Kernels read the same 40 bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct StepState
{
    /// <summary>Bytes of the structure.</summary>
    public const int ByteLength = 40;

    /// <summary>Key of the Philox4x32-10 generator; fixed for a run.</summary>
    public ulong Seed;

    /// <summary>Number of this step, from 1; part of Philox's counter.</summary>
    public ulong Step;

    /// <summary>Learning rate of this step, before the multipliers of the parameter groups.</summary>
    public float LearningRate;

    /// <summary>Adam's 1 - beta1^step, computed in double.</summary>
    public float AdamCorrection1;

    /// <summary>Adam's 1 - beta2^step, computed in double.</summary>
    public float AdamCorrection2;

    /// <summary>Unused, zero.</summary>
    public float Reserved0;

    /// <summary>Unused, zero.</summary>
    public ulong Reserved1;
}
