using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>The step state that cases run under: a step beyond 2^32, so that both halves of the number reach the generator.</summary>
public static class CaseStep
{
    /// <summary>The state.</summary>
    public static StepState State { get; } = new()
    {
        Seed = 0x9E3779B97F4A7C15,
        Step = 0x1_0000_0003,
        LearningRate = 0.0625f,
        AdamCorrection1 = (float)(1 - Math.Pow(0.9, 3)),
        AdamCorrection2 = (float)(1 - Math.Pow(0.999, 3)),
    };

    /// <summary>The declaration of the tensor <c>step</c> that holds it.</summary>
    public static CaseTensor Tensor()
    {
        var state = State;
        byte[] bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<StepState>(in state)).ToArray();
        return new("step", new Shape(StepState.ByteLength), CaseRole.Input) { Type = ElementType.UInt8, Fill = CaseFills.Given(bytes) };
    }
}
