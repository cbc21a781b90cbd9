using System.CommandLine;
using PixelNet.Native.Cuda;
using PixelNet.Native.Data.Presets;

namespace PixelNet.Native.Cli;

/// <summary><c>--precision</c>, <c>--conv</c>, <c>--gemm</c>: how a GPU, real or emulated, computes.</summary>
internal sealed class GpuOptions
{
    private const string Emulator = "emulator", Gpu = "cuda";

    private readonly Option<string?> _precision = new("--precision") { Description = "On a GPU: fp32 = exact (the default), tf32 = products of factors rounded to 10 bits, on tensor cores" };
    private readonly Option<string?> _conv = new("--conv") { Description = "On a GPU, who computes convolutions: auto = own in fp32, in tf32 cuDNN where it is there and fits (the default), cudnn, own" };
    private readonly Option<string?> _gemm = new("--gemm") { Description = "On a GPU, who computes dense layers: own (the default), cublas" };

    /// <summary>What a GPU does if nothing else is asked for: exact fp32 by own kernels.</summary>
    public static CudaBackendOptions Usual => new() { Convolution = ConvolutionLibrary.Auto, AlgorithmFile = AlgorithmFile(), Note = Console.Error.WriteLine };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_precision);
        command.Options.Add(_conv);
        command.Options.Add(_gemm);
    }

    /// <summary>What the call asks for.</summary>
    /// <param name="call">The call.</param>
    /// <param name="backend">Its <c>--backend</c>.</param>
    /// <exception cref="WrongCallException">An unknown value, or one that is not of this backend.</exception>
    public CudaBackendOptions Read(ParseResult call, string backend)
    {
        string? precision = call.GetValue(_precision), conv = call.GetValue(_conv), gemm = call.GetValue(_gemm);
        if ((precision ?? conv ?? gemm) is not null && backend is not (Gpu or Emulator))
            throw new WrongCallException($"--precision, --conv and --gemm are about a GPU; name --backend {Gpu} or --backend {Emulator} with them");
        var convolution = Choice("--conv", conv, "auto", ("auto", ConvolutionLibrary.Auto), ("cudnn", ConvolutionLibrary.Cudnn), ("own", ConvolutionLibrary.Own));
        var products = Choice("--gemm", gemm, "own", ("own", GemmLibrary.Own), ("cublas", GemmLibrary.Cublas));
        if (backend == Emulator && (convolution == ConvolutionLibrary.Cudnn || products == GemmLibrary.Cublas))
            throw new WrongCallException("cuDNN and cuBLAS need a GPU and are not emulated; leave --conv cudnn and --gemm cublas out with --backend emulator");
        return Usual with
        {
            Precision = Choice("--precision", precision, "fp32", ("fp32", Precision.Fp32), ("tf32", Precision.Tf32)),
            Convolution = convolution,
            Gemm = products,
        };
    }

    private static T Choice<T>(string option, string? asked, string otherwise, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        var names = new List<string>();
        foreach (var (name, value) in choices)
        {
            if (name == (asked ?? otherwise)) return value;
            names.Add(name);
        }
        throw new WrongCallException($"{option} '{asked}' is unknown{Suggestion.For(asked!, names)}; it takes {string.Join(", ", names)}");
    }

    // Beside what the driver keeps of compiled kernels: neither is worth more than the time that it saves, and the same bytes in the next run.
    private static string? AlgorithmFile() => Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify) is { Length: > 0 } folder
        ? Path.Combine(folder, "pixelnet", "cudnn-algorithms.txt") : null;
}
