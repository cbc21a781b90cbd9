using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit;

namespace PixelNet.Native.Cuda.Tests.Stubs;

/// <summary>
/// A stand-in for one of NVIDIA's libraries, written in C beside this file (<c>stub.h</c> says how) and built by the machine's <c>cc</c> when it is first asked for:
/// <c>var stub = NativeStub.Build("libcuda_stub.c")</c>. The bindings load its <see cref="FilePath"/> by way of their environment variable; the test sets numbers,
/// lets calls fail, and reads what was called.
/// </summary>
internal sealed unsafe class NativeStub
{
    private static readonly Lock Building = new();
    private static readonly Dictionary<string, NativeStub> Built = [];

    private readonly delegate* unmanaged<byte*, long, void> _set;
    private readonly delegate* unmanaged<byte*, long> _get;
    private readonly delegate* unmanaged<nint> _record, _complaints;
    private readonly delegate* unmanaged<void> _reset;

    private NativeStub(string path)
    {
        FilePath = path;
        nint library = NativeLibrary.Load(path);
        _set = (delegate* unmanaged<byte*, long, void>)NativeLibrary.GetExport(library, "stub_set");
        _get = (delegate* unmanaged<byte*, long>)NativeLibrary.GetExport(library, "stub_get");
        _record = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "stub_record");
        _complaints = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "stub_complaints");
        _reset = (delegate* unmanaged<void>)NativeLibrary.GetExport(library, "stub_reset");
    }

    /// <summary>The built library.</summary>
    public string FilePath { get; }

    /// <summary>One line a call since <see cref="Reset"/>: the function, then what its ENTER says.</summary>
    public string[] Record => Lines(_record());

    /// <summary>What calls did wrong since <see cref="Reset"/>; every test ends by asserting that there is nothing.</summary>
    public string[] Complaints => Lines(_complaints());

    /// <summary>Builds a source of this folder, once per process; skips the test, with the reason, where there is no C compiler.</summary>
    public static NativeStub Build(string source)
    {
        lock (Building)
        {
            if (Built.TryGetValue(source, out var known)) return known;
            string output = Path.ChangeExtension(Path.Combine(AppContext.BaseDirectory, "Stubs", source), ".so"), temporary = $"{output}.{Environment.ProcessId}";
            Build(source, temporary);
            File.Move(temporary, output, overwrite: true);
            return Built[source] = new NativeStub(output);
        }
    }

    /// <summary>Builds a source of this folder into a file, for a program of its own.</summary>
    public static void Build(string source, string output, params string[] flags) =>
        Compile([.. flags, "-shared", "-fPIC", "-o", output, Path.Combine(AppContext.BaseDirectory, "Stubs", source)]);

    /// <summary>Runs the C compiler with its warnings as errors; skips the test where there is none.</summary>
    /// <exception cref="InvalidOperationException">It refuses; the message is its own.</exception>
    public static void Compile(params string[] arguments)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "the stubs are built on Unix");
        string compiler = Environment.GetEnvironmentVariable("CC") is { Length: > 0 } named ? named : "cc";
        try
        {
            using var process = Process.Start(new ProcessStartInfo(compiler, ["-O1", "-Wall", "-Wextra", "-Werror", .. arguments]) { RedirectStandardError = true })!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) throw new InvalidOperationException(errors);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"there is no C compiler ({compiler})");
        }
    }

    /// <summary>Forgets record, complaints, counts and settings.</summary>
    public void Reset() => _reset();

    /// <summary>Sets a number that the stub knows, such as <c>devices</c>.</summary>
    public void Set(string name, long value) => Named(name, text => _set(text, value));

    /// <summary>Lets every call of a function return this status from now on; 0 = no more.</summary>
    public void Fail(string function, int status) => Set($"fail.{function}", status);

    /// <summary>How often a function was called since <see cref="Reset"/>.</summary>
    public long Calls(string function)
    {
        long calls = 0;
        Named($"calls.{function}", text => calls = _get(text));
        return calls;
    }

    private static void Named(string name, Use use)
    {
        nint text = Marshal.StringToCoTaskMemUTF8(name);
        use((byte*)text);
        Marshal.FreeCoTaskMem(text);
    }

    private static string[] Lines(nint text) => Marshal.PtrToStringUTF8(text)!.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private delegate void Use(byte* text);
}
