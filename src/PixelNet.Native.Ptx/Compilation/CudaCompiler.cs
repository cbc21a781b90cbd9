using System.Text.RegularExpressions;

namespace PixelNet.Native.Ptx.Compilation;

/// <summary>What a <c>.cu</c> source compiles to.</summary>
/// <param name="Ptx">PTX text, the same bytes for the same source.</param>
/// <param name="Module">The parsed PTX, with its line map.</param>
/// <param name="Lines">PTX line to source line.</param>
public sealed record CompiledSource(string Ptx, PtxModule Module, LineMap Lines);

/// <summary>Compiles CUDA C++ to PTX with the lines that it came from, through NVRTC. A process uses one library.</summary>
public sealed partial class CudaCompiler
{
    /// <summary>Version of NVRTC that the committed PTX comes from.</summary>
    public const string PinnedVersion = "11.8";

    private static readonly Lock Gate = new();

    /// <summary>A compiler from a library.</summary>
    /// <param name="library">The library; the first one given in a process stays.</param>
    /// <exception cref="FileLoadException">It cannot be loaded.</exception>
    public CudaCompiler(NvrtcLibrary library)
    {
        ArgumentNullException.ThrowIfNull(library);
        Library = library;
        try
        {
            lock (Gate) Nvrtc.Load(library.Path);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new FileLoadException($"NVRTC could not be loaded from {library.Path}: {error.Message.ReplaceLineEndings(" ")}");
        }
        Version = Nvrtc.Version();
    }

    /// <summary>The compiler of this machine, as <see cref="NvrtcLibrary.Find"/> finds it.</summary>
    /// <exception cref="FileNotFoundException">There is none; the message says how to get it.</exception>
    public static CudaCompiler Find() => new(NvrtcLibrary.Find() ?? throw new FileNotFoundException(NvrtcLibrary.HowToGet));

    /// <summary>The library in use.</summary>
    public NvrtcLibrary Library { get; }

    /// <summary>Its version, e.g. 11.8.</summary>
    public string Version { get; }

    /// <summary>Whether it gives the bytes of the committed PTX.</summary>
    public bool IsPinned => Version == PinnedVersion;

    /// <summary>The compute capability a source asks for in its first line, <c>// target compute_80</c>; null if it does not.</summary>
    /// <param name="source">Text of a <c>.cu</c> file.</param>
    public static int? TargetOf(string source) => TargetLine().Match(source) is { Success: true } line ? int.Parse(line.Groups[1].ValueSpan, provider: null) : null;

    /// <summary>Options for a compute capability; one that this version no longer knows is raised to the lowest it does.</summary>
    /// <param name="target">Compute capability times ten, e.g. 80.</param>
    public string[] Options(int target) => [$"--gpu-architecture=compute_{Math.Max(target, IsPinned ? 0 : Nvrtc.LowestArchitecture())}", "--std=c++17"];

    /// <summary>Compiles a source twice, without and with line information; the second gives the line map and is not kept, since it names files.</summary>
    /// <param name="name">File name for messages, without folders.</param>
    /// <param name="source">CUDA C++.</param>
    /// <param name="headers">Text of what it may include, by the name in the <c>#include</c>.</param>
    /// <param name="options">Options, see <see cref="Options"/>.</param>
    /// <returns>PTX and lines.</returns>
    /// <exception cref="InvalidDataException">The compiler's messages.</exception>
    /// <exception cref="PtxException">The PTX holds something that the emulator does not know.</exception>
    public CompiledSource Compile(string name, string source, IReadOnlyDictionary<string, string> headers, params string[] options)
    {
        lock (Gate)
        {
            string ptx = Nvrtc.Compile(name, source, headers, options);
            string located = Nvrtc.Compile(name, source, headers, [.. options, "--generate-line-info"]);
            var module = PtxModule.Parse(ptx);
            var lines = LineMap.FromLocations(module, PtxModule.Parse(located));
            return new CompiledSource(ptx, module.WithLineMap(lines), lines);
        }
    }

    /// <summary>Assembles a source for a GPU and gives the assembler's messages: registers, shared memory and spills of each entry.</summary>
    /// <param name="name">File name for messages, without folders.</param>
    /// <param name="source">CUDA C++.</param>
    /// <param name="headers">Text of what it may include, by the name in the <c>#include</c>.</param>
    /// <param name="architecture">Compute capability times ten, e.g. 80.</param>
    /// <exception cref="InvalidDataException">The compiler's messages.</exception>
    public string AssemblyLog(string name, string source, IReadOnlyDictionary<string, string> headers, int architecture)
    {
        lock (Gate) return Nvrtc.Assemble(name, source, headers, $"--gpu-architecture=sm_{architecture}", "--std=c++17", "--ptxas-options=-v");
    }

    [GeneratedRegex(@"\A// target compute_(\d+)\b")]
    private static partial Regex TargetLine();
}
