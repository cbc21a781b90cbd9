using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Layers;

/// <summary>What the trainer ends a step with: <see cref="SgdMomentum"/> or <see cref="Adam"/>.</summary>
public interface IOptimizer
{
    /// <summary>Its moments, each laid out as the parameters are, with the name that checkpoints give them.</summary>
    IReadOnlyList<(string Name, Tensor Value)> Moments { get; }

    /// <summary>Moves the parameters by their gradients at this step's learning rate.</summary>
    void Update(IBackend backend, Tensor stepState);
}
