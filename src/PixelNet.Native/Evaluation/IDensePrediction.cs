using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>A network planned for images of one size: all maps in memory (<see cref="WholePrediction"/>), or only bands of them (<see cref="BandedPrediction"/>).</summary>
internal interface IDensePrediction : IDisposable
{
    /// <summary>Everything it takes, without the shared parameters.</summary>
    MemoryPlan Plan { get; }

    /// <summary>
    /// Probabilities of all pixels: the first H*W*L elements are [H,W,L]. Null where they are too many to lie in memory: <see cref="Run"/> then gives the labels
    /// itself.
    /// </summary>
    Tensor? Probabilities { get; }

    /// <summary>Whether <see cref="Run"/> gives the labels itself.</summary>
    bool GivesLabels { get; }

    /// <summary>Takes the planned memory.</summary>
    /// <exception cref="PixelNetException">There is not that much; the message gives the planned figure.</exception>
    void Allocate();

    /// <summary>Predicts an image.</summary>
    /// <param name="image">RGB [H,W,3].</param>
    /// <param name="labels">Receives train ids [H, output width] where there are no <see cref="Probabilities"/>.</param>
    void Run(ReadOnlySpan<byte> image, Span<byte> labels);
}
