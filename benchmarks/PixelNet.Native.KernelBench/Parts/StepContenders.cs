using PixelNet.Native.Cuda;
using PixelNet.Native.KernelBench.Rows;

namespace PixelNet.Native.KernelBench.Parts;

/// <summary>Who makes whole steps and predictions.</summary>
internal static class StepContenders
{
    /// <summary>This project's kernels, cuDNN for the convolutions, and cuBLAS too, in both precisions, the first two first; the emulator has the kernels alone.</summary>
    /// <param name="emulated">Whether there is the emulator only.</param>
    /// <param name="algorithms">File of cuDNN's algorithms; null = none.</param>
    public static IEnumerable<Contender> All(bool emulated, string? algorithms)
    {
        Precision[] both = [Precision.Fp32, Precision.Tf32];
        foreach (var precision in both)
        {
            yield return new("own", precision, new CudaBackendOptions { Precision = precision }, true);
            if (!emulated) yield return new("cuDNN", precision, Cudnn(precision), false);
        }
        if (emulated) yield break;
        foreach (var precision in both) yield return new("cuDNN, cuBLAS", precision, Cudnn(precision) with { Gemm = GemmLibrary.Cublas }, false);

        CudaBackendOptions Cudnn(Precision precision) => new() { Precision = precision, Convolution = ConvolutionLibrary.Cudnn, AlgorithmFile = algorithms };
    }
}
