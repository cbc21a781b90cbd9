using System.Runtime.InteropServices;
using System.Text.Json;
using PixelNet.Native.Cli.Emulation;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>pixelnet emulate</c> as users call it: results, findings, JSON, exit codes, and one sentence for every wrong call or file.</summary>
public sealed class EmulateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pixelnet-emulate").FullName;

    // y[i] = a * x[i] + y[i] without a guard: the loc lines are those of a source.
    private const string Saxpy = """
        .version 7.8
        .target sm_80
        .address_size 64
        .visible .entry saxpy(.param .u64 saxpy_y, .param .u64 saxpy_x, .param .f32 saxpy_a)
        {
        .reg .u64 %rd<8>; .reg .u32 %r<8>; .reg .f32 %f<8>;
        ld.param.u64 %rd0, [saxpy_y]; ld.param.u64 %rd1, [saxpy_x]; ld.param.f32 %f0, [saxpy_a];
        mov.u32 %r0, %tid.x; mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mad.lo.u32 %r3, %r1, %r2, %r0;
        mad.wide.u32 %rd2, %r3, 4, %rd0; mad.wide.u32 %rd3, %r3, 4, %rd1;
        .loc 1 7 5
        ld.global.f32 %f1, [%rd3];
        ld.global.f32 %f2, [%rd2];
        fma.rn.f32 %f3, %f0, %f1, %f2;
        st.global.f32 [%rd2], %f3;
        ret;
        }
        .file 1 "saxpy.cu"
        """;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private string Text(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    private string Floats(string name, params float[] values)
    {
        File.WriteAllBytes(At(name), MemoryMarshal.AsBytes<float>(values).ToArray());
        return At(name);
    }

    private float[] Read(string name) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(At(name))).ToArray();

    private static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => (float)i)];

    private (int ExitCode, string Output, string Errors) RunSaxpy(params string[] more)
    {
        string file = Text("saxpy.ptx", Saxpy), x = Floats("x.bin", Ramp(64)), y = Floats("y.bin", Ramp(64));
        string[] shape = more.Contains("--block") ? [] : ["--block", "32"];
        return PixelnetProcess.Run(["emulate", file, .. shape, "--arg", $"inout:f32:{y}:{At("out.bin")}", "--arg", $"in:f32:{x}", "--arg", "val:f32:2.5", .. more]);
    }

    [Fact]
    public void Clean_kernel_writes_its_output_and_returns_0()
    {
        var (code, output, errors) = RunSaxpy("--grid", "2", "--entry", "saxpy", "--seed", "3");
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("clean", output, StringComparison.Ordinal);
        Assert.Equal(Ramp(64).Select(v => 3.5f * v), Read("out.bin"));
        Assert.Equal(Ramp(64), Read("y.bin"));
    }

    [Fact]
    public void Findings_return_1_with_line_thread_and_block_and_outputs_are_written()
    {
        var (code, output, _) = RunSaxpy("--grid", "3", "--json", At("report.json"));
        Assert.Equal(1, code);
        Assert.Contains("out-of-bounds at saxpy.ptx:7", output, StringComparison.Ordinal);
        Assert.Equal(Ramp(64).Select(v => 3.5f * v), Read("out.bin"));
        using var json = JsonDocument.Parse(File.ReadAllText(At("report.json")));
        var root = json.RootElement;
        Assert.Equal(["entry", "exit", "findings", "counters"], root.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("saxpy", "findings"), (root.GetProperty("entry").GetString(), root.GetProperty("exit").GetString()));
        var findings = root.GetProperty("findings").EnumerateArray().ToArray();
        Assert.Equal(3, findings.Length); // two loads and the store
        foreach (var finding in findings)
        {
            Assert.Equal(["kind", "cuLine", "ptxLine", "threads", "blocks", "address", "message"], finding.EnumerateObject().Select(p => p.Name));
            Assert.Equal(("out-of-bounds", 7), (finding.GetProperty("kind").GetString(), finding.GetProperty("cuLine").GetInt32()));
            Assert.Equal(32, finding.GetProperty("threads").GetArrayLength());
            Assert.Equal("[2, 0, 0]", Assert.Single(finding.GetProperty("blocks").EnumerateArray()).GetRawText());
        }
        Assert.Equal(2 * 2 * 4 + 2 * 4, root.GetProperty("counters").GetProperty("idealSectors").GetInt32());
    }

    [Fact]
    public void Json_to_standard_output_stands_there_alone()
    {
        var (code, output, _) = RunSaxpy("--grid", "2", "--json", "-");
        Assert.Equal(0, code);
        using var json = JsonDocument.Parse(output);
        Assert.Equal("clean", json.RootElement.GetProperty("exit").GetString());
    }

    [Theory]
    [InlineData("1 parameters, but 0", "")]
    [InlineData("parameter 1 'p' (.u32)", "val:f32:1")]
    [InlineData("parameter 1 'p' (.u32)", "val:u32:-1")]
    [InlineData("parameter 1 'p' (.u32)", "val:u64:1")]
    [InlineData("parameter 1 'p' (.u32)", "val:u33:1")]
    [InlineData("parameter 1 'p' (.u32)", "val:u32:one")]
    [InlineData("parameter 1 'p' (.u32)", "out:f32:4:x.bin")]
    [InlineData("parameter 1 'p' (.u32)", "out:f32:many:x.bin")]
    [InlineData("parameter 1 'p' (.u32)", "in:f32:missing.bin")]
    [InlineData("parameter 1 'p' (.u32)", "bytes:0102")]
    [InlineData("parameter 1 'p' (.u32)", "bytes:xy")]
    [InlineData("parameter 1 'p' (.u32)", "nonsense")]
    public void Wrong_arguments_are_named_by_parameter(string words, string argument)
    {
        string file = Text("k.ptx", ".version 7.8\n.target sm_80\n.address_size 64\n.visible .entry k(.param .u32 p)\n{\nret;\n}\n");
        var (code, _, errors) = PixelnetProcess.Run(argument.Length == 0 ? ["emulate", file] : ["emulate", file, "--arg", argument]);
        Assert.Equal(2, code);
        Assert.Contains(words, errors, StringComparison.Ordinal);
        Assert.Single(errors.Trim().Split('\n'));
    }

    [Theory]
    [InlineData("bytes:2a000000")]
    [InlineData("val:s32:-5")]
    [InlineData("val:b32:0xffffffff")]
    public void Right_arguments_are_taken(string argument)
    {
        string file = Text("k.ptx", ".version 7.8\n.target sm_80\n.address_size 64\n.visible .entry k(.param .u32 p)\n{\nret;\n}\n");
        Assert.Equal(0, PixelnetProcess.Run("emulate", file, "--arg", argument).ExitCode);
    }

    [Theory]
    [InlineData("frobnicate.u32 %r0, %r0;", "PTX line 7", "frobnicate")]
    [InlineData("add.fancy.u32 %r0, %r0, %r0;", "PTX line 7", "fancy")]
    [InlineData(".surprise;", "PTX line 7", ".surprise")]
    [InlineData("AGAIN: bra AGAIN;", "", "")]
    public void Unsupported_instructions_and_endless_kernels(string instruction, string line, string text)
    {
        string file = Text("k.ptx", $".version 7.8\n.target sm_80\n.address_size 64\n.visible .entry k()\n{{\n.reg .u32 %r<4>;\n{instruction}\nret;\n}}\n");
        var (code, output, errors) = PixelnetProcess.Run("emulate", file, "--limit", "100000");
        Assert.Equal(line.Length > 0 ? 2 : 1, code);
        if (line.Length == 0) Assert.Contains("instruction-limit", output, StringComparison.Ordinal);
        Assert.Contains(line, errors, StringComparison.Ordinal);
        Assert.Contains(text, errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_are_no_PTX_get_one_sentence()
    {
        using (var large = File.Create(At("large.ptx"))) large.SetLength(100_000_000);
        File.WriteAllBytes(At("binary.ptx"), [0x7F, 0x45, 0x4C, 0x46, 0, 1, 2, 3]);
        Text("empty.ptx", "");
        Text("prose.ptx", "Once upon a time\n");
        Text("newer.ptx", ".version 9.9\n.target sm_80\n");
        Text("empty.cu", "");
        foreach (string name in new[] { "large.ptx", "binary.ptx", "empty.ptx", "prose.ptx", "newer.ptx", "empty.cu", "missing.ptx" })
        {
            var (code, output, errors) = PixelnetProcess.Run("emulate", At(name));
            Assert.Equal((2, ""), (code, output));
            Assert.StartsWith($"error: {At(name)}", errors, StringComparison.Ordinal);
            Assert.Single(errors.Trim().Split('\n'));
        }
    }

    [Theory]
    [InlineData("--block", "2000", "block (2000, 1, 1)")]
    [InlineData("--grid", "1,70000", "grid (1, 70000, 1)")]
    [InlineData("--shared", "999999", "shared memory")]
    [InlineData("--block", "8,x", "--block 8,x")]
    [InlineData("--limit", "0", "--limit 0")]
    [InlineData("--entry", "other", "saxpy")]
    [InlineData("--compiler-option", "-DX=1", ".cu")]
    public void Impossible_launches_are_refused(string option, string value, string words)
    {
        var (code, _, errors) = RunSaxpy(option, value);
        Assert.Equal(2, code);
        Assert.Contains(words, errors, StringComparison.Ordinal);
        Assert.False(File.Exists(At("out.bin")));
    }

    [Fact]
    public void A_kernel_that_ships_runs_on_its_cases()
    {
        var (code, output, _) = PixelnetProcess.Run("emulate", "--op", "hypercolumn_backward", "--case", "small", "--report", "text");
        Assert.Equal(0, code);
        Assert.Contains("results equal the reference", output, StringComparison.Ordinal);
        Assert.Contains("blockIdx", output, StringComparison.Ordinal);
        Assert.Equal(0, PixelnetProcess.Run("emulate", "--op", "linear_forward_v3", "--report", "html", "--out", At("page.html")).ExitCode);
        Assert.Contains("__shared__", File.ReadAllText(At("page.html")), StringComparison.Ordinal);
        Assert.Equal(2, PixelnetProcess.Run("emulate", "--op", "frobnicate").ExitCode);
    }

    [Fact]
    public void A_source_is_compiled_and_findings_name_its_lines()
    {
        string file = Text("twice.cu", "#include <cuda_runtime.h>\nextern \"C\" __global__ void twice(float* y, const float* x)\n{\n    int i = blockIdx.x * blockDim.x + threadIdx.x;\n    float v = x[i];\n    y[i] = N * v;\n}\n");
        string x = Floats("x.bin", Ramp(40));
        string[] call = ["emulate", file, "--grid", "2", "--arg", $"out:f32:64:{At("y.bin")}", "--arg", $"in:f32:{x}", "--compiler-option", "-DN=2", "--keep-ptx", At("twice.ptx"), "--json", "-"];
        var (code, output, errors) = PixelnetProcess.Run(call);
        if (code == 2 && errors.Contains("NVRTC", StringComparison.Ordinal)) Assert.Skip("no NVRTC and no clang on this machine");
        Assert.Equal((1, ""), (code, errors));
        using var json = JsonDocument.Parse(output);
        var finding = Assert.Single(json.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal(("out-of-bounds", 5, 24), (finding.GetProperty("kind").GetString(), finding.GetProperty("cuLine").GetInt32(), finding.GetProperty("threads").GetArrayLength()));
        Assert.Equal(Ramp(40).Select(v => 2 * v), Read("y.bin").Take(40));
        Assert.Contains(".entry twice", File.ReadAllText(At("twice.ptx")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inout:f32:a.bin", false, "a.bin", "a.bin")]
    [InlineData("inout:f32:a.bin:b.bin", false, "a.bin", "b.bin")]
    [InlineData(@"inout:f32:C:\a.bin:D:\b.bin", true, @"C:\a.bin", @"D:\b.bin")]
    [InlineData("inout:f32:C:/a.bin:D:/b.bin", true, "C:/a.bin", "D:/b.bin")]
    [InlineData("inout:f32:x:/tmp/out.bin", false, "x", "/tmp/out.bin")]
    [InlineData(@"in:u8:C:\data:1.bin", true, @"C:\data:1.bin", null)]
    [InlineData(@"out:f64:12:C:\y.bin", true, null, @"C:\y.bin")]
    public void Paths_may_hold_colons(string text, bool isWindows, string? input, string? output)
    {
        var argument = KernelArgument.Parse(text, isWindows);
        Assert.Equal((input, output), (argument.Input, argument.Output));
    }

    [Theory]
    [InlineData("val:f16:1.5", "003E")]
    [InlineData("val:bf16:1.00390625", "803F")]
    [InlineData("val:bf16:1.01171875", "823F")]
    [InlineData("val:s8:-1", "FF")]
    [InlineData("val:u64:18446744073709551615", "FFFFFFFFFFFFFFFF")]
    [InlineData("val:s32:0x80000000", "00000080")]
    [InlineData("val:f64:-inf", "000000000000F0FF")]
    public void Numbers_become_their_bytes(string text, string bytes) => Assert.Equal(bytes, Convert.ToHexString(KernelArgument.Parse(text, false).Content));
}
