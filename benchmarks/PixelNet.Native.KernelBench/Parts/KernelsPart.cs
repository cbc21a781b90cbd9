using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.KernelBench.Results;
using PixelNet.Native.KernelBench.Rows;

namespace PixelNet.Native.KernelBench.Parts;

/// <summary>Every rung of the catalogue, and cuBLAS and cuDNN where they are, on the shapes of the network.</summary>
internal static class KernelsPart
{
    /// <summary>Runs the rows.</summary>
    /// <param name="driver">The device.</param>
    /// <param name="timed">Whether it has a clock; else shapes are tiny.</param>
    /// <param name="filter">Only rows whose name holds it.</param>
    /// <param name="budget">Time that there is.</param>
    /// <param name="progress">Hears of each row.</param>
    /// <param name="algorithms">File of cuDNN's algorithms; null = none.</param>
    public static ResultFile Run(ICudaDriver driver, bool timed, string filter, TimeBudget budget, Action<ResultRow> progress, string? algorithms = null)
    {
        var rows = new List<ResultRow>();
        using var runner = new RowRunner(driver, timed);
        // Those that something is to be shown of come first.
        foreach (var row in new BenchRows(tiny: !timed).All.Where(row => row.Id.Contains(filter, StringComparison.OrdinalIgnoreCase)).OrderBy(row => !Target.All.Any(target => target.Id == row.Id)))
            foreach (var result in runner.Run(row, timed ? [.. Libraries(row, algorithms)] : [], () => budget.IsLeft))
            {
                rows.Add(result);
                progress(result);
            }
        return new ResultFile { Rows = rows, Notes = timed ? [] : ["kernels: tiny shapes, nothing is timed, the emulator has no clock"] };
    }

    // Peers of the same machine; where a library is missing, its rows say so.
    private static IEnumerable<Contender> Libraries(BenchRow row, string? algorithms)
    {
        foreach (var precision in (Precision[])[Precision.Fp32, Precision.Tf32])
        {
            if (row.HasConvolution) yield return new("cuDNN", precision, new CudaBackendOptions { Precision = precision, Convolution = ConvolutionLibrary.Cudnn, AlgorithmFile = algorithms }, false);
            if (row.HasProducts) yield return new("cuBLAS", precision, new CudaBackendOptions { Precision = precision, Gemm = GemmLibrary.Cublas }, false);
        }
    }
}
