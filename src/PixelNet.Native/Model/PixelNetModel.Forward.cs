using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

// The forward pass. PixelNetModel.Backward.cs is this list reversed.
public sealed partial class PixelNetModel
{
    /// <summary>Probabilities and loss of the batch that was loaded.</summary>
    /// <param name="state">Step, seed and rates of this step.</param>
    public void Forward(in StepState state)
    {
        SetStepState(state);
        Forward();
    }

    /// <summary>Probabilities and loss of the batch that was loaded, with the state that was set.</summary>
    public void Forward()
    {
        ForwardTrunk();
        Hypercolumn.Forward(Backend);
        Head.Forward(Backend, StepState);
    }

    /// <summary>All maps from the images.</summary>
    public void ForwardTrunk()
    {
        _normalize.Forward(Backend);
        foreach (var block in Trunk.Blocks)
        {
            foreach (var unit in block.Units) unit.Forward(Backend, StepState);
            block.Pool?.Forward(Backend);
        }
    }

    /// <summary>Probabilities [M,L] of other pixels of the same images: a tile of a dense prediction.</summary>
    /// <param name="samples">(image, y, x), int32 [M,3].</param>
    /// <param name="probabilities">Receives [M,L].</param>
    public void ForwardHead(Tensor samples, Tensor probabilities)
    {
        Hypercolumn.Forward(Backend, samples);
        Head.Forward(Backend, probabilities, StepState);
    }

    /// <summary>Uploads what changes from step to step.</summary>
    public void SetStepState(in StepState state) => Backend.Upload(StepState, MemoryMarshal.AsBytes(new ReadOnlySpan<StepState>(in state)));

    /// <summary>Loss of the last forward pass (mean over the valid pixels), and how many pixels it answered rightly; waits for it.</summary>
    public (double Loss, double Correct) ReadLoss()
    {
        Span<byte> bytes = stackalloc byte[3 * Real.Bytes()];
        Backend.Download(bytes, Head.Loss);
        if (Real == ElementType.Float64) return (MemoryMarshal.Cast<byte, double>(bytes)[0], MemoryMarshal.Cast<byte, double>(bytes)[2]);
        return (MemoryMarshal.Cast<byte, float>(bytes)[0], MemoryMarshal.Cast<byte, float>(bytes)[2]);
    }
}
