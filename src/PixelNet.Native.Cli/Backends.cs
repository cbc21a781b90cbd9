using System.CommandLine;
using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Data.Presets;

namespace PixelNet.Native.Cli;

/// <summary>The only place that knows all backends by name.</summary>
internal static class Backends
{
    private const string NoCuda = "this version does not bind the CUDA driver (libcuda) yet";

    private const string Exact = "cpu --exact";

    private static readonly string[] Names = ["auto", "cpu", "emulator", "cuda"];

    /// <summary><c>--backend</c>.</summary>
    public static Option<string> NameOption() => new("--backend")
    {
        Description = "What computes: auto, cpu, cuda (a GPU), or emulator (the GPU's kernels without a GPU, some hundred times slower than cpu)",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary><c>--threads</c>.</summary>
    public static Option<int> ThreadsOption() => new("--threads") { Description = "Threads that compute; 0 = all processors. They do not change a byte of the result" };

    /// <summary><c>--exact</c>.</summary>
    public static Option<bool> ExactOption() => new("--exact") { Description = "On the cpu, convolutions by the direct sum only: rounds less than Winograd's and takes two to three times as long" };

    /// <summary>What <c>--backend</c> and <c>--exact</c> ask for, as a name for <see cref="Create"/>.</summary>
    public static string Asked(string name, bool exact) => !exact ? name
        : name is "auto" or "cpu" ? Exact
        : throw new WrongCallException($"--exact is about the cpu backend; leave it out with --backend {name}");

    /// <summary><c>--yes</c>, for <see cref="EmulatorTime.Announce"/>.</summary>
    public static Option<bool> YesOption() => new("--yes") { Description = "Go on even if the emulator will take more than 10 minutes" };

    /// <summary>Makes the backend that was asked for, and never another one.</summary>
    public static IBackend Create(string name, int threads)
    {
        if (threads is < 0 or > 1024) throw new WrongCallException($"--threads {threads} is not between 0 and 1024");
        switch (name)
        {
            case "auto":
            case "cpu":
                return new CpuBackend(threads);
            case Exact:
                return new CpuBackend(threads, exact: true);
            case "emulator":
                return new CudaBackend(new EmulatedCudaDriver());
            case "cuda":
                throw new PixelNetException($"there is no backend cuda: {NoCuda}; use --backend cpu, or --backend emulator for the same kernels without a GPU");
            default:
                throw new WrongCallException($"unknown backend '{name}'{Suggestion.For(name, Names)}; backends: {string.Join(", ", Names)}");
        }
    }

    /// <summary>What computes, such as <c>backend cpu (avx512)</c>; where <c>auto</c> chose it, also why.</summary>
    public static string Text(string asked, IBackend backend) =>
        $"backend {backend.Name} ({backend.Level}){(asked == "auto" ? $", which auto takes because {NoCuda}" : "")}";
}
