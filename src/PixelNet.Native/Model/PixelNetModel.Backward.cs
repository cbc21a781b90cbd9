using PixelNet.Native.Backends;

namespace PixelNet.Native.Model;

// The backward pass: the list of PixelNetModel.Forward.cs from its end, each call replaced by its gradient. Parameter gradients accumulate, so
// ZeroGradients comes first.
//
// A tapped map was read twice, by the pool and by the hypercolumn. Its gradient is the sum of both: the pool overwrites, the gather adds and then
// masks by the sign of the map. The last block has no pool; there the gather overwrites. Nothing below the lowest layer that learns is visited, and
// images need no gradient.
public sealed partial class PixelNetModel
{
    /// <summary>Sets all parameter gradients to 0.</summary>
    public void ZeroGradients() => Backend.Fill(Parameters.Gradients!, 0);

    /// <summary>Adds the gradients of the last forward pass to the parameter gradients.</summary>
    public void Backward()
    {
        Head.Backward(Backend);
        for (int b = Trunk.Blocks.Length - 1; b >= 0 && Trunk.Blocks[b].Learns; b--)
        {
            var block = Trunk.Blocks[b];
            block.Pool?.Backward(Backend);
            if (block.Level is { } level) Hypercolumn.Backward(Backend, level, block.Pool is null ? GradientMode.Overwrite : GradientMode.Accumulate);
            for (int u = block.Units.Length - 1; u >= block.FirstLearning; u--) block.Units[u].Backward(Backend);
        }
    }
}
