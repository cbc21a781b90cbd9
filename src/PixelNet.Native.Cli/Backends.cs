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
    private const string Exact = "cpu --exact";

    // Loading that takes less was found in the driver's cache.
    private static readonly TimeSpan Noticeable = TimeSpan.FromSeconds(1);

    private static readonly string[] Names = ["auto", "cpu", "emulator", "cuda"];

    // Why auto took what it took.
    private static string autoReason = "";

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

    /// <summary><c>--no-graph</c>.</summary>
    public static Option<bool> NoGraphOption() => new("--no-graph") { Description = "On a GPU, start the kernels of each step one by one in place of replaying them as a CUDA graph; the results are the same" };

    /// <summary>Makes the backend that was asked for, and never another one.</summary>
    /// <param name="name">One of <c>--backend</c>, as <see cref="Asked"/> gives it.</param>
    /// <param name="threads">Threads of the cpu; 0 = all processors.</param>
    /// <param name="gpu">How the GPU, real or emulated, computes.</param>
    public static IBackend Create(string name, int threads, CudaBackendOptions? gpu = null)
    {
        if (threads is < 0 or > 1024) throw new WrongCallException($"--threads {threads} is not between 0 and 1024");
        switch (name)
        {
            case "auto":
                return Auto(threads, gpu);
            case "cpu":
                return new CpuBackend(threads);
            case Exact:
                return new CpuBackend(threads, exact: true);
            case "emulator":
                return new CudaBackend(new EmulatedCudaDriver(), gpu);
            case "cuda":
                try
                {
                    return Gpu(gpu);
                }
                catch (CudaException e)
                {
                    throw new PixelNetException($"--backend cuda: {e.Message} (without a GPU, --backend cpu computes, and --backend emulator runs the same kernels)", e);
                }
            default:
                throw new WrongCallException($"unknown backend '{name}'{Suggestion.For(name, Names)}; backends: {string.Join(", ", Names)}");
        }
    }

    /// <summary>What computes, such as <c>backend cpu (avx512)</c>; what a build ahead of time leaves unused; where <c>auto</c> chose it, also why.</summary>
    public static string Text(string asked, IBackend backend) =>
        $"backend {backend.Name} ({backend.Level}){(backend is CpuBackend && CpuBackend.MissedLevel is { } missed ? $", compiled ahead of time without this processor's {missed}" : "")}{(asked == "auto" ? $", which auto takes because {autoReason}" : "")}";

    private static IBackend Auto(int threads, CudaBackendOptions? gpu)
    {
        try
        {
            var backend = Gpu(gpu);
            autoReason = "there is a GPU that can be used";
            return backend;
        }
        catch (CudaException e)
        {
            autoReason = e.Fault;
            return new CpuBackend(threads);
        }
    }

    private static CudaBackend Gpu(CudaBackendOptions? options)
    {
        var driver = CudaDriver.Open();
        var backend = new CudaBackend(driver, options ?? GpuOptions.Usual);
        backend.LoadKernels();
        backend.CheckKernel();
        if (driver.LoadTime > Noticeable)
            Console.Error.WriteLine($"the kernels were compiled for {driver.Device.Name} ({driver.Level}) in {driver.LoadTime.TotalSeconds:F1} s; the driver keeps the result for the next time");
        return backend;
    }
}
