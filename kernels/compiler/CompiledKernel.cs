using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Compilation;

namespace PixelNet.Native.KernelCompiler;

/// <summary>A source and what NVRTC made of it.</summary>
/// <param name="Source">The source.</param>
/// <param name="Options">Options of the compiler.</param>
/// <param name="Ptx">PTX text.</param>
/// <param name="Module">The parsed PTX.</param>
/// <param name="Lines">PTX line to source line.</param>
internal sealed record CompiledKernel(KernelSource Source, string[] Options, string Ptx, PtxModule Module, LineMap Lines)
{
    /// <summary>Version of NVRTC that the committed PTX comes from.</summary>
    public const string PinnedVersion = "11.8";

    private const int Attempts = 8;

    /// <summary>Compiles twice, without and with line information; the second gives the line map and is not kept, since it names files.</summary>
    /// <param name="source">The source.</param>
    /// <param name="headers">What it may include.</param>
    /// <param name="committed">A committed PTX with its line map, for a check: they serve where the PTX is the same and NVRTC gives no twin with lines.
    /// That the map belongs to this source is what the comparison of the manifest says.</param>
    /// <exception cref="InvalidDataException">The source names no target or does not compile.</exception>
    /// <exception cref="PtxException">The PTX holds something that the emulator does not know.</exception>
    public static CompiledKernel From(KernelSource source, IReadOnlyDictionary<string, string> headers, (string Ptx, string Lines)? committed = null)
    {
        bool isPinned = Nvrtc.Version() == PinnedVersion;
        // Newer versions no longer know old GPUs; what they compile is for trials and takes the oldest they know.
        int target = isPinned ? source.Target : Math.Max(source.Target, Nvrtc.LowestArchitecture());
        string[] options = [$"--gpu-architecture=compute_{target}", "--std=c++17"];
        string ptx = Nvrtc.Compile(source.FileName, source.Text, headers, options);
        var module = PtxModule.Parse(CudaCompiler.ReadableVersion(ptx));
        return new CompiledKernel(source, options, ptx, module, Locate(source, headers, options, module, isPinned, committed is { } there && there.Ptx == ptx ? there.Lines : null));
    }

    // With line information NVRTC orders a large kernel differently now and then (pixel_mlp/2_tiled, in some processes every time), never without: it is asked again.
    private static LineMap Locate(KernelSource source, IReadOnlyDictionary<string, string> headers, string[] options, PtxModule module, bool isPinned, string? committedLines)
    {
        for (int attempt = 1; ; attempt++)
        {
            string located = Nvrtc.Compile(source.FileName, source.Text, headers, [.. options, "--generate-line-info"]);
            try
            {
                return LineMap.FromLocations(module, PtxModule.Parse(CudaCompiler.ReadableVersion(located)));
            }
            catch (PtxException) when (attempt < Attempts)
            {
            }
            catch (PtxException) when (committedLines is not null)
            {
                return LineMap.Parse(committedLines);
            }
            catch (PtxException) when (!isPinned)
            {
                // Some versions always do; a trial goes without lines.
                return LineMap.Parse("");
            }
        }
    }
}
