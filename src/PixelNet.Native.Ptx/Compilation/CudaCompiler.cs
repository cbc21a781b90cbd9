using System.Text.RegularExpressions;

namespace PixelNet.Native.Ptx.Compilation;

/// <summary>
/// A <c>.cu</c> source to PTX with line information: by NVRTC if there is one (<see cref="NvrtcSearch"/>), else by clang with a small header of its own. Includes come
/// from the source's folder and, where one is installed, from the CUDA toolkit; without it the standard headers that kernels include out of habit are empty.
/// </summary>
public static partial class CudaCompiler
{
    private const string DefaultTarget = "compute_80";

    private static string? loaded;

    /// <summary>Compiles a source.</summary>
    /// <param name="path">The <c>.cu</c> file.</param>
    /// <param name="options">Options for the compiler besides target, standard and line information, e.g. <c>-DTILE=32</c>.</param>
    /// <returns>The PTX, and which compiler made it for which target.</returns>
    /// <exception cref="InvalidDataException">The source does not compile (the compiler's messages), or there is no compiler (how to get one).</exception>
    public static (string Ptx, string Compiler) Compile(string path, params IReadOnlyList<string> options)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        string source = File.ReadAllText(path).ReplaceLineEndings("\n");
        string target = TargetLine().Match(source) is { Success: true } named ? named.Groups[1].Value : DefaultTarget;
        if (NvrtcSearch.Find() is { } nvrtc) return (WithNvrtc(nvrtc, path, source, target, options), $"NVRTC {Nvrtc.Version()}, {target}");
        if (Clang.Find() is { } clang) return (Clang.Compile(clang, path, target, options), $"{Path.GetFileName(clang)}, {target}");
        throw new InvalidDataException($"{path} is CUDA C++, and there is no compiler for it: run ./build.sh kernels once, which fetches NVRTC 11.8 on Debian (17 MB), "
            + $"or install clang or a CUDA toolkit, or let {NvrtcSearch.Variable} name libnvrtc.so.11.2 (nvrtc64_112_0.dll).");
    }

    // Line 1 of a source may name its target, as the sources in kernels/ do.
    [GeneratedRegex(@"\A// target (compute_\d+)\b")]
    private static partial Regex TargetLine();

    private static string WithNvrtc(string library, string path, string source, string target, IReadOnlyList<string> options)
    {
        try
        {
            if (loaded is null) Nvrtc.Load(library);
            loaded = library;
        }
        catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
        {
            throw new InvalidDataException($"{library} cannot be loaded: {failure.Message}", failure);
        }
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var all = new List<string> { $"--gpu-architecture={target}", "--std=c++17", "--generate-line-info", $"--include-path={folder}" };
        var headers = Headers;
        if (ToolkitHeaders() is { } toolkit)
        {
            all.Add($"--include-path={toolkit}");
            headers = new Dictionary<string, string>();
        }
        all.AddRange(options);
        return ReadableVersion(Nvrtc.Compile(Path.GetFileName(path), source, headers, [.. all]));
    }

    // A newer toolkit writes a newer .version whatever it is asked; what the text holds is checked instruction by instruction.
    internal static string ReadableVersion(string ptx) => NewerVersion().Replace(ptx, ".version 7.8", 1);

    [GeneratedRegex(@"^\.version (8|9|\d{2})\.\d+", RegexOptions.Multiline)]
    private static partial Regex NewerVersion();

    private static string? ToolkitHeaders()
    {
        foreach (string? root in new[] { Environment.GetEnvironmentVariable("CUDA_PATH"), Environment.GetEnvironmentVariable("CUDA_HOME"), "/usr/local/cuda" })
        {
            string? folder = string.IsNullOrWhiteSpace(root) ? null : Path.Combine(root, "include");
            if (folder is not null && File.Exists(Path.Combine(folder, "cuda_runtime.h"))) return folder;
        }
        return null;
    }

    private const string Integers = """
        #pragma once
        typedef signed char int8_t; typedef short int16_t; typedef int int32_t; typedef long long int64_t;
        typedef unsigned char uint8_t; typedef unsigned short uint16_t; typedef unsigned int uint32_t; typedef unsigned long long uint64_t;
        typedef unsigned long uintptr_t; typedef long intptr_t;
        """;

    private const string Limits = """
        #pragma once
        #define INT_MAX 2147483647
        #define INT_MIN (-INT_MAX - 1)
        #define UINT_MAX 4294967295u
        #define LLONG_MAX 9223372036854775807ll
        #define ULLONG_MAX 18446744073709551615ull
        #define FLT_MAX 3.402823466e+38f
        #define FLT_MIN 1.175494351e-38f
        #define FLT_EPSILON 1.192092896e-07f
        #define DBL_MAX 1.7976931348623157e+308
        #define DBL_MIN 2.2250738585072014e-308
        #define DBL_EPSILON 2.2204460492503131e-16
        """;

    private const string Constants = """
        #pragma once
        #ifndef INFINITY
        #define INFINITY __int_as_float(0x7f800000)
        #define NAN __int_as_float(0x7fffffff)
        #endif
        #define M_PI 3.14159265358979323846

        """;

    private const string Nothing = "#pragma once\n";

    /// <summary>Standard headers for compilers that come without any; what they declare for kernels is built into the compiler or stands here.</summary>
    internal static IReadOnlyDictionary<string, string> Headers { get; } = new Dictionary<string, string>
    {
        ["cuda.h"] = Nothing,
        ["cuda_runtime.h"] = Nothing,
        ["cuda_runtime_api.h"] = Nothing,
        ["device_launch_parameters.h"] = Nothing,
        ["math.h"] = Constants,
        ["cmath"] = "#pragma once\n#include <math.h>\n",
        ["stdio.h"] = Nothing,
        ["cstdio"] = Nothing,
        ["stdlib.h"] = Nothing,
        ["cstdlib"] = Nothing,
        ["assert.h"] = Nothing,
        ["cassert"] = Nothing,
        ["stddef.h"] = Nothing,
        ["cstddef"] = Nothing,
        ["stdint.h"] = Integers,
        ["cstdint"] = "#pragma once\n#include <stdint.h>\n",
        ["limits.h"] = Limits,
        ["climits"] = "#pragma once\n#include <limits.h>\n",
        ["float.h"] = "#pragma once\n#include <limits.h>\n",
        ["cfloat"] = "#pragma once\n#include <limits.h>\n",
    };
}
