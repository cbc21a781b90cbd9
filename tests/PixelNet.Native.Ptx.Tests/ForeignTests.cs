using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>
/// Kernels that are none of this project's own (<c>Foreign/*.cu</c>), as NVRTC and clang compile them with and without optimisation, against answers worked out
/// in another language (<c>Foreign/answers.py</c>): right results and, with every observer on and two orders of blocks and warps, no finding.
/// </summary>
public class ForeignTests
{
    private static readonly ConcurrentDictionary<string, PtxModule> Modules = new();

    private static readonly Lazy<JsonDocument> Answers = new(() => JsonDocument.Parse(Text("answers.json")));

    private static string Text(string name)
    {
        using var reader = new StreamReader(typeof(ForeignTests).Assembly.GetManifestResourceStream("foreign/" + name)!);
        return reader.ReadToEnd();
    }

    public static TheoryData<string, int, string> Launches()
    {
        var rows = new TheoryData<string, int, string>();
        var resources = typeof(ForeignTests).Assembly.GetManifestResourceNames();
        foreach (string compiler in new[] { "nvrtc", "fast", "debug", "clang", "clang0" })
        {
            int index = 0;
            foreach (var answer in Answers.Value.RootElement.EnumerateArray())
            {
                bool isMeant = compiler != "fast" || !answer.TryGetProperty("fast", out var fast) || fast.ValueKind != JsonValueKind.Null;
                if (isMeant && resources.Contains($"foreign/{compiler}/{answer.GetProperty("source").GetString()}.ptx")) rows.Add(compiler, index, answer.GetProperty("entry").GetString()!);
                index++;
            }
        }
        return rows;
    }

    [Theory]
    [MemberData(nameof(Launches))]
    public void GivesTheKnownAnswer(string compiler, int index, string entry)
    {
        var answer = Answers.Value.RootElement[index];
        var module = Modules.GetOrAdd($"{compiler}/{answer.GetProperty("source").GetString()}.ptx", name => PtxModule.Parse(Text(name)));
        // --use_fast_math trades digits for speed: its own limit where the answer names one.
        double least = compiler != "fast" ? 0 : answer.TryGetProperty("fast", out var fast) ? fast.GetDouble() : 1e-4;
        foreach (ulong seed in new ulong[] { 0, 5 })
        {
            using var device = new EmulatedDevice();
            var kernel = device.Load(module).GetKernel(entry);
            byte[] block = new byte[kernel.Entry.ParameterBytes];
            var outputs = new List<(ulong Address, JsonElement Argument, string Type)>();
            int i = 0;
            foreach (var argument in answer.GetProperty("args").EnumerateArray()) Bind(device, argument, outputs).CopyTo(block, kernel.Entry.Parameters[i++].Offset);
            var report = device.Launch(kernel, Shape(answer.GetProperty("grid")), Shape(answer.GetProperty("block")), block, answer.GetProperty("shared").GetInt32(), Observers.All, seed, 50_000_000);
            Assert.True(report.IsClean, string.Join("\n", report.Findings));
            foreach (var (address, argument, type) in outputs) Compare(device, address, argument, type, least);
        }
    }

    private static Dim3 Shape(JsonElement extents)
    {
        int[] e = [.. extents.EnumerateArray().Select(x => x.GetInt32()), 1, 1];
        return new Dim3(e[0], e[1], e[2]);
    }

    private static byte[] Bind(EmulatedDevice device, JsonElement argument, List<(ulong, JsonElement, string)> outputs)
    {
        if (argument.TryGetProperty("bytes", out var hex)) return System.Convert.FromHexString(hex.GetString()!);
        if (argument.TryGetProperty("val", out var scalar)) return Bytes(scalar.GetString()!, argument.GetProperty("value"));
        string type = argument.EnumerateObject().First().Value.GetString()!;
        if (argument.TryGetProperty("out", out _))
        {
            ulong output = device.Allocate(argument.GetProperty("count").GetInt64() * Bytes(type, default).Length);
            outputs.Add((output, argument, type));
            return BitConverter.GetBytes(output);
        }
        byte[] data = [.. argument.GetProperty("data").EnumerateArray().SelectMany(v => Bytes(type, v))];
        ulong address = device.Allocate(data.Length);
        device.Write(address, data);
        if (argument.TryGetProperty("inout", out _)) outputs.Add((address, argument, type));
        return BitConverter.GetBytes(address);
    }

    private static byte[] Bytes(string type, JsonElement value)
    {
        bool isGiven = value.ValueKind == JsonValueKind.Number;
        return type switch
        {
            "f32" => BitConverter.GetBytes(isGiven ? (float)value.GetDouble() : 0),
            "f64" => BitConverter.GetBytes(isGiven ? value.GetDouble() : 0),
            _ => BitConverter.GetBytes(isGiven ? Integer(value) : 0)[..(int.Parse(type.AsSpan(1), CultureInfo.InvariantCulture) / 8)],
        };
    }

    private static ulong Integer(JsonElement value) => value.TryGetUInt64(out ulong large) ? large : unchecked((ulong)value.GetInt64());

    private static void Compare(EmulatedDevice device, ulong address, JsonElement argument, string type, double least)
    {
        var expected = argument.GetProperty("expected").EnumerateArray().ToArray();
        byte[] got = new byte[expected.Length * Bytes(type, default).Length];
        device.Read(address, got);
        if (type is not ("f32" or "f64"))
        {
            Assert.Equal(System.Convert.ToHexString([.. expected.SelectMany(v => Bytes(type, v))]), System.Convert.ToHexString(got));
            return;
        }
        double stated = argument.GetProperty("tolerance").GetDouble(), tolerance = stated > 0 ? Math.Max(stated, least) : 0;
        double norm = expected.Length == 0 ? 0 : expected.Max(v => Math.Abs(v.GetDouble()));
        for (int i = 0; i < expected.Length; i++)
        {
            double e = type == "f32" ? (float)expected[i].GetDouble() : expected[i].GetDouble(), g = type == "f32" ? BitConverter.ToSingle(got, 4 * i) : BitConverter.ToDouble(got, 8 * i);
            Assert.True(Math.Abs(g - e) <= tolerance * Math.Max(Math.Abs(e), 0.1 * norm), $"element {i} is {g:r}, expected {e:r} within {tolerance}");
        }
    }
}
