using System.CommandLine;
using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Data.Presets;

namespace PixelNet.Native.Cli;

/// <summary>The only place that knows all backends by name.</summary>
internal static class Backends
{
    private static readonly string[] Names = ["auto", "cpu"];

    /// <summary><c>--backend</c>.</summary>
    public static Option<string> NameOption() => new("--backend") { Description = "What computes: auto or cpu", DefaultValueFactory = _ => "auto" };

    /// <summary><c>--threads</c>.</summary>
    public static Option<int> ThreadsOption() => new("--threads") { Description = "Threads that compute; 0 = all processors. They do not change a byte of the result" };

    /// <summary>Makes the backend that was asked for, and never another one.</summary>
    public static IBackend Create(string name, int threads)
    {
        if (threads is < 0 or > 1024) throw new WrongCallException($"--threads {threads} is not between 0 and 1024");
        return name switch
        {
            "auto" or "cpu" => new CpuBackend(threads),
            "cuda" => throw new PixelNetException("the backend cuda is not part of this version; use --backend cpu"),
            _ => throw new WrongCallException($"unknown backend '{name}'{Suggestion.For(name, Names)}; backends: {string.Join(", ", Names)}"),
        };
    }
}
