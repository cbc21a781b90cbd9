namespace PixelNet.Native.Model;

/// <summary>What a model is built for: it decides what memory is planned.</summary>
public enum ModelMode
{
    /// <summary>All activations are kept, gradients have memory, batch normalisation takes the batch's statistics, dropout is on.</summary>
    Training,

    /// <summary>Only tapped maps are kept, the others share two buffers; running statistics, no dropout.</summary>
    Inference,
}
