using PixelNet.Native.Data;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Compilation;

namespace PixelNet.Native.Cli.Emulation;

/// <summary>A <c>.ptx</c> or <c>.cu</c> file, read or compiled, and checked.</summary>
/// <param name="Path">The file.</param>
/// <param name="Module">Its kernels; findings carry lines of the <c>.cu</c>.</param>
/// <param name="Compiler">What compiled it; null for PTX.</param>
internal sealed record KernelFile(string Path, PtxModule Module, string? Compiler)
{
    /// <summary>Reads or compiles a file.</summary>
    /// <param name="path">The file; <c>.cu</c> and <c>.cuh</c> are CUDA C++, everything else is taken for PTX.</param>
    /// <param name="options">Options for the compiler.</param>
    /// <param name="keepPtx">Where to write the PTX that a <c>.cu</c> compiles to; null: nowhere.</param>
    /// <exception cref="WrongCallException">The file is missing, too large, no PTX or not supported PTX, or it does not compile.</exception>
    public static KernelFile Open(string path, IReadOnlyList<string> options, string? keepPtx = null)
    {
        if (!File.Exists(path)) throw new WrongCallException(Directory.Exists(path) ? $"{path} is a folder; name a .ptx or .cu file" : $"{path} does not exist");
        long bytes = new FileInfo(path).Length;
        if (bytes > PtxModule.MostCharacters) throw new WrongCallException($"{path} has {bytes >> 20} MiB; sources and PTX of more than {PtxModule.MostCharacters >> 20} MiB are not accepted");
        bool isSource = System.IO.Path.GetExtension(path).ToLowerInvariant() is ".cu" or ".cuh";
        if (!isSource && (options.Count > 0 || keepPtx is not null)) throw new WrongCallException($"--compiler-option and --keep-ptx are for .cu files, and {path} is none");
        try
        {
            if (!isSource) return new KernelFile(path, PtxModule.Parse(File.ReadAllBytes(path)), null);
            if (bytes == 0) throw new WrongCallException($"{path} is empty");
            var (ptx, compiler) = CudaCompiler.Compile(path, options);
            if (keepPtx is not null) AtomicFile.WriteText(keepPtx, ptx);
            return new KernelFile(path, PtxModule.Parse(ptx), compiler);
        }
        catch (PtxException failure)
        {
            throw new WrongCallException($"{path}: {failure.Message.TrimEnd('.')}");
        }
        catch (InvalidDataException failure)
        {
            throw new WrongCallException(failure.Message.Contains('\n', StringComparison.Ordinal) ? $"{path} does not compile:\n{failure.Message}" : failure.Message.TrimEnd('.'));
        }
    }

    /// <summary>An entry by name.</summary>
    /// <exception cref="WrongCallException">There is none of that name; the message lists those that are.</exception>
    public PtxEntry Entry(string name) => Module.Entries.FirstOrDefault(entry => entry.Name == name)
        ?? throw new WrongCallException(Module.Entries.Count == 0 ? $"{Path} holds no kernel (.entry)"
            : $"{Path} has no kernel '{name}'; it has {string.Join(", ", Module.Entries.Take(20).Select(entry => entry.Name))}"
                + (Module.Entries.Any(entry => entry.Name.StartsWith("_Z", StringComparison.Ordinal)) ? " (extern \"C\" keeps a kernel's name as it is written)" : ""));
}
