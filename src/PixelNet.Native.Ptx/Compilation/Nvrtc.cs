using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace PixelNet.Native.Ptx.Compilation;

/// <summary>NVIDIA's runtime compiler: the functions that turn CUDA C++ into PTX or machine code. It needs neither a GPU nor headers.</summary>
public static partial class Nvrtc
{
    private const string Library = "nvrtc";
    private static nint handle;

    /// <summary>Loads the library from its path, behind its builtins, which it would otherwise look for in the system's folders. A process uses one: later calls do nothing.</summary>
    /// <param name="path">Path of <c>libnvrtc.so.*</c> or <c>nvrtc64_*.dll</c>.</param>
    /// <exception cref="DllNotFoundException">The file is no library of this system.</exception>
    public static void Load(string path)
    {
        if (handle != 0) return;
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        foreach (string builtins in Directory.GetFiles(folder, "*nvrtc-builtins*").Order(StringComparer.Ordinal)) NativeLibrary.Load(builtins);
        handle = NativeLibrary.Load(path);
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == Library ? handle : 0);
    }

    /// <summary>Version as the library tells it, e.g. 11.8.</summary>
    public static string Version()
    {
        Check(nvrtcVersion(out int major, out int minor), 0);
        return $"{major}.{minor}";
    }

    /// <summary>Lowest compute capability that it compiles for, times ten, e.g. 35.</summary>
    public static int LowestArchitecture()
    {
        Check(nvrtcGetNumSupportedArchs(out int count), 0);
        int[] architectures = new int[count];
        Check(nvrtcGetSupportedArchs(architectures), 0);
        return architectures.Min();
    }

    /// <summary>Compiles a source to PTX; its includes come from <paramref name="headers"/> alone.</summary>
    /// <param name="name">Base name of the source, for messages and line information.</param>
    /// <param name="source">CUDA C++.</param>
    /// <param name="headers">Headers by the name by which they are included.</param>
    /// <param name="options">NVRTC's options.</param>
    /// <returns>PTX text.</returns>
    /// <exception cref="InvalidDataException">The compiler's messages.</exception>
    public static string Compile(string name, string source, IReadOnlyDictionary<string, string> headers, params string[] options) =>
        Run(name, source, headers, options, program =>
        {
            Check(nvrtcGetPTXSize(program, out nuint size), program);
            byte[] text = new byte[size];
            Check(nvrtcGetPTX(program, text), program);
            return Encoding.UTF8.GetString(text).TrimEnd('\0');
        });

    /// <summary>Compiles a source to machine code (an option such as <c>--gpu-architecture=sm_80</c>) and gives the messages, those of the assembler included.</summary>
    /// <param name="name">Base name of the source, for messages.</param>
    /// <param name="source">CUDA C++.</param>
    /// <param name="headers">Headers by the name by which they are included.</param>
    /// <param name="options">NVRTC's options.</param>
    /// <returns>The messages.</returns>
    /// <exception cref="InvalidDataException">The compiler's messages.</exception>
    public static string Assemble(string name, string source, IReadOnlyDictionary<string, string> headers, params string[] options) =>
        Run(name, source, headers, options, Log);

    private static string Run(string name, string source, IReadOnlyDictionary<string, string> headers, string[] options, Func<nint, string> result)
    {
        ArgumentNullException.ThrowIfNull(headers);
        ArgumentNullException.ThrowIfNull(options);
        Check(nvrtcCreateProgram(out nint program, source, name, headers.Count, [.. headers.Values], [.. headers.Keys]), 0);
        try
        {
            Check(nvrtcCompileProgram(program, options.Length, options), program);
            return result(program);
        }
        finally
        {
            _ = nvrtcDestroyProgram(ref program);
        }
    }

    private static void Check(int status, nint program)
    {
        if (status == 0) return;
        string log = program == 0 ? "" : Log(program);
        throw new InvalidDataException(log.Length > 0 ? log : $"NVRTC failed with status {status}.");
    }

    private static string Log(nint program)
    {
        if (nvrtcGetProgramLogSize(program, out nuint size) != 0) return "";
        byte[] text = new byte[size];
        return nvrtcGetProgramLog(program, text) == 0 ? Encoding.UTF8.GetString(text).TrimEnd('\0', '\n') : "";
    }

    [LibraryImport(Library)]
    private static partial int nvrtcVersion(out int major, out int minor);

    [LibraryImport(Library)]
    private static partial int nvrtcGetNumSupportedArchs(out int count);

    [LibraryImport(Library)]
    private static partial int nvrtcGetSupportedArchs([Out] int[] architectures);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int nvrtcCreateProgram(out nint program, string source, string name, int headerCount, string[] headers, string[] includeNames);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int nvrtcCompileProgram(nint program, int optionCount, string[] options);

    [LibraryImport(Library)]
    private static partial int nvrtcGetPTXSize(nint program, out nuint size);

    [LibraryImport(Library)]
    private static partial int nvrtcGetPTX(nint program, [Out] byte[] text);

    [LibraryImport(Library)]
    private static partial int nvrtcGetProgramLogSize(nint program, out nuint size);

    [LibraryImport(Library)]
    private static partial int nvrtcGetProgramLog(nint program, [Out] byte[] text);

    [LibraryImport(Library)]
    private static partial int nvrtcDestroyProgram(ref nint program);
}
