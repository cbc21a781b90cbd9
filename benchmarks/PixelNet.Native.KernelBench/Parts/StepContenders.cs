using PixelNet.Native.Cuda;
using PixelNet.Native.KernelBench.Rows;

namespace PixelNet.Native.KernelBench.Parts;

/// <summary>Who makes whole steps and predictions.</summary>
internal static class StepContenders
{
    /// <summary>This project's kernels in both precisions.</summary>
    public static IEnumerable<Contender> All(bool emulated)
    {
        foreach (var precision in (Precision[])[Precision.Fp32, Precision.Tf32])
        {
            yield return new("own", precision, new CudaBackendOptions { Precision = precision }, true);
        }
    }
}
