using PixelNet.Native.Cuda.Tests.Stubs;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>--precision</c>, <c>--conv</c> and <c>--gemm</c>: taken where they can be, refused elsewhere, and what was taken is said.</summary>
public sealed class GpuOptionsTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Theory]
    [InlineData("cpu", "--precision", "tf32", "are about a GPU; name --backend cuda or --backend emulator with them")]
    [InlineData("auto", "--conv", "own", "are about a GPU; ")]
    [InlineData("emulator", "--conv", "cudnn", "need a GPU and are not emulated; leave --conv cudnn")]
    [InlineData("emulator", "--gemm", "cublas", "need a GPU and are not emulated; ")]
    [InlineData("cuda", "--conv", "cudn", "--conv 'cudn' is unknown (did you mean 'cudnn'?); it takes auto, cudnn, own")]
    [InlineData("cuda", "--precision", "bf16", "--precision 'bf16' is unknown")]
    public void What_cannot_be_is_a_wrong_call(string backend, string option, string value, string sentence)
    {
        string folder = tiny.NewPath("refused");
        var (exit, output, errors) = PixelnetProcess.Run(tiny.Arguments(folder, 1, "--backend", backend, option, value));
        Assert.True(exit == 2, output + errors);
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void Emulator_trains_in_tf32()
    {
        var (exit, output, errors) = PixelnetProcess.Run(tiny.Arguments(tiny.NewPath("tf32"), 1, "--backend", "emulator", "--precision", "tf32"));
        Assert.True(exit == 0, output + errors);
        Assert.Contains("backend emulator (ptx tf32)", output, StringComparison.Ordinal);
    }

    /// <summary>A library that was asked for and is not there is an error and not another library.</summary>
    [Theory]
    [InlineData("--conv", "cudnn", "PIXELNET_CUDNN names nowhere, which does not exist; let it name the file or folder of cuDNN")]
    [InlineData("--gemm", "cublas", "PIXELNET_CUBLAS names nowhere, which does not exist; ")]
    public void Library_that_is_not_there_is_an_error(string option, string value, string sentence)
    {
        string folder = tiny.NewPath("missing");
        var (exit, output, errors) = PixelnetProcess.RunWith([("PIXELNET_LIBCUDA", NativeStub.Build("libcuda_stub.c").FilePath), ("PIXELNET_CUDNN", "nowhere"), ("PIXELNET_CUBLAS", "nowhere")],
            tiny.Arguments(folder, 1, "--backend", "cuda", option, value));
        Assert.True(exit == 1, output + errors);
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
    }

    /// <summary>On a GPU, auto takes cuDNN in tf32 where it is there and says so; own kernels where it is not, and says why, and in fp32.</summary>
    [Fact]
    public void Auto_says_who_computes_convolutions()
    {
        string cudnn = NativeStub.Build("libcudnn_stub.c").FilePath, folder = Path.GetDirectoryName(cudnn)!, home = tiny.NewPath("home");
        foreach (string part in new[] { "graph", "ops", "cnn", "heuristic", "engines_precompiled", "engines_runtime_compiled" }) File.WriteAllBytes(Path.Combine(folder, $"libcudnn_{part}.so.9"), []);
        (string, string)[] gpu = [("PIXELNET_LIBCUDA", NativeStub.Build("libcuda_stub.c").FilePath), ("PIXELNET_CUDNN", cudnn), ("PIXELNET_CUBLAS", NativeStub.Build("libcublas_stub.c").FilePath), ("XDG_DATA_HOME", home)];
        var (exit, output, errors) = PixelnetProcess.RunWith(gpu, tiny.Arguments(tiny.NewPath("cudnn"), 1, "--backend", "cuda", "--precision", "tf32", "--gemm", "cublas"));
        Assert.True(exit == 0, output + errors);
        Assert.Contains($"convolutions by cuDNN 9.1.0 ({cudnn}), TF32, deterministic", errors, StringComparison.Ordinal);
        Assert.Contains("backend cuda (sm_90 tf32 cudnn 9.1.0 cublas 12.4.5)", output, StringComparison.Ordinal);
        Assert.Contains("| Tf32 |", File.ReadAllText(Path.Combine(home, "pixelnet", "cudnn-algorithms.txt")), StringComparison.Ordinal);
        gpu[1] = ("PIXELNET_CUDNN", "nowhere");
        (exit, output, errors) = PixelnetProcess.RunWith(gpu, tiny.Arguments(tiny.NewPath("own"), 1, "--backend", "cuda", "--precision", "tf32"));
        Assert.True(exit == 0, output + errors);
        Assert.Contains("convolutions by own kernels, because PIXELNET_CUDNN names nowhere, which does not exist", errors, StringComparison.Ordinal);
        Assert.Contains("backend cuda (sm_90 tf32)", output, StringComparison.Ordinal);
        (exit, output, errors) = PixelnetProcess.RunWith(gpu, tiny.Arguments(tiny.NewPath("fp32"), 1, "--backend", "cuda"));
        Assert.True(exit == 0, output + errors);
        Assert.DoesNotContain("convolutions", errors, StringComparison.Ordinal);
        Assert.Contains("backend cuda (sm_90)", output, StringComparison.Ordinal);
    }
}
