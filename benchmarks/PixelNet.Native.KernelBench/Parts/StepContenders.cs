using PixelNet.Native.Cuda;
using PixelNet.Native.KernelBench.Rows;

namespace PixelNet.Native.KernelBench.Parts;

/// <summary>Who makes whole steps and predictions.</summary>
internal static class StepContenders
{
    /// <summary>This project's kernels, cuDNN for the convolutions, and cuBLAS too, in both precisions; the emulator has the kernels alone.</summary>
    public static IEnumerable<Contender> All(bool emulated)
    {
        foreach (var precision in (Precision[])[Precision.Fp32, Precision.Tf32])
        {
            yield return new("own", precision, new CudaBackendOptions { Precision = precision }, true);
            if (emulated) continue;
            yield return new("cuDNN", precision, new CudaBackendOptions { Precision = precision, Convolution = ConvolutionLibrary.Cudnn }, false);
            yield return new("cuDNN, cuBLAS", precision, new CudaBackendOptions { Precision = precision, Convolution = ConvolutionLibrary.Cudnn, Gemm = GemmLibrary.Cublas }, false);
        }
    }
}
