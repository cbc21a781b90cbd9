using System.Diagnostics;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>Who takes part in a row, and with which settings.</summary>
internal static class Peers
{
    private static readonly Dictionary<string, string> Plain = [];

    // On Zen 4 and later 512 bits cost no clock speed; the row that compares the 256-bit code of both sides turns them off everywhere.
    private static readonly Dictionary<string, string> Avx2 = new()
    {
        ["DOTNET_EnableAVX512"] = "0",
        ["DOTNET_EnableAVX512F"] = "0",
        ["ATEN_CPU_CAPABILITY"] = "avx2",
        ["ONEDNN_MAX_CPU_ISA"] = "AVX2",
        ["MKL_ENABLE_INSTRUCTIONS"] = "AVX2",
    };

    // No page faults on every output, huge pages.
    private static readonly Dictionary<string, string> Malloc = new()
    {
        ["MALLOC_MMAP_MAX_"] = "0",
        ["MALLOC_TRIM_THRESHOLD_"] = "100000000000",
        ["MALLOC_TOP_PAD_"] = "268435456",
        ["THP_MEM_ALLOC_ENABLE"] = "1",
    };

    /// <summary>Ours first.</summary>
    public static IReadOnlyList<Contender> Of(PeerRow row)
    {
        var work = row.Work;
        var common = row.Avx2 ? Avx2 : Plain;
        var tuned = new Dictionary<string, string>(common.Concat(Malloc));
        if (Avx512Library() is { } library) tuned["LD_PRELOAD"] = library;
        List<Contender> all = [new("ours", "ours", common)];
        // Where an iteration takes many seconds the settings that lost every smaller row stay at home.
        bool channelsLast = work.Kind != "head" && !work.Kind.StartsWith("linear", StringComparison.Ordinal);
        if (!work.Large) all.Add(new("libtorch", "torch", common));
        if (!row.OnePeer) all.Add(new("libtorch tuned", "torch", tuned));
        if (channelsLast && !work.Large) all.Add(new("libtorch channels-last", "torch-last", common));
        if (channelsLast) all.Add(new("libtorch channels-last tuned", "torch-last", tuned));
        // ONNX Runtime chooses its instructions by the processor and cannot be told.
        if (work.Kind == "vgg-forward" && !row.Avx2) all.Add(new("ONNX Runtime", "ort", Plain));
        return all;
    }

    /// <summary>The preloaded library, built by the machine's C compiler; null where there is none, or no preloading.</summary>
    private static string? Avx512Library()
    {
        if (!OperatingSystem.IsLinux()) return null;
        string library = Path.Combine(AppContext.BaseDirectory, "peers", "libmkl_avx512.so");
        if (File.Exists(library)) return library;
        try
        {
            using var cc = Process.Start(new ProcessStartInfo("cc") { ArgumentList = { "-shared", "-fPIC", "-o", library, Path.Combine(AppContext.BaseDirectory, "peers", "mkl_avx512.c") } })!;
            cc.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.Error.WriteLine("note: no C compiler, so the tuned peer is without MKL's AVX-512 code");
        }
        return File.Exists(library) ? library : null;
    }
}
