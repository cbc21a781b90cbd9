using PixelNet.Native.Cuda.Tests.Stubs;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>--backend cuda</c> takes a GPU or names the one thing that is missing, and <c>auto</c> says what it took; a stub of libcuda stands for drivers and GPUs.</summary>
public class CudaTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Theory]
    [InlineData("", "the CUDA driver (nowhere/libcuda.so.1) cannot be loaded; install NVIDIA's display driver, 520 or newer")]
    [InlineData("devices=0", "the CUDA driver finds no GPU in this machine; ")]
    [InlineData("driver_version=11040", "the GPU driver supports CUDA 11.4 and the kernels (PTX 7.8) need 11.8; install NVIDIA's display driver 520 or newer")]
    [InlineData("compute_capability=52", "the GPU 'Stub GPU 0' has compute capability 5.2 and the kernels need 7.0 (Volta, 2017) or higher")]
    [InlineData("fail.cuInit=803", "cuInit(): CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803), system has unsupported display driver / cuda driver combination")]
    public void Gpu_that_cannot_be_used_is_one_sentence_and_nothing_else_computes(string stub, string sentence)
    {
        string folder = tiny.NewPath("none");
        var (exit, output, errors) = PixelnetProcess.RunWith(Driver(stub), tiny.Arguments(folder, 2, "--backend", "cuda"));
        Assert.True(exit == 1, output + errors);
        Assert.Equal("", output);
        Assert.Single(errors.Trim().Split('\n'));
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));

        (exit, output, errors) = PixelnetProcess.RunWith(Driver(stub), tiny.Arguments(folder, 1, "--backend", "auto"));
        Assert.True(exit == 0, output + errors);
        Assert.Matches(@"backend cpu \(\w+\), which auto takes because", output);
        Assert.Contains(sentence.Split(';')[0], output, StringComparison.Ordinal);
    }

    [Fact]
    public void File_that_is_no_library_is_one_sentence()
    {
        string file = tiny.NewPath("libcuda");
        File.WriteAllText(file, "nonsense");
        var (exit, output, errors) = PixelnetProcess.RunWith([("PIXELNET_LIBCUDA", file)], "gradcheck", "--backend", "cuda");
        Assert.True(exit == 1, output + errors);
        Assert.Single(errors.Trim().Split('\n'));
        Assert.Contains(file, errors, StringComparison.Ordinal);
    }

    /// <summary>The stub runs no kernel, so the loss stays what memory begins with; but every call of a whole run is made, and the stub finds none of them wrong.</summary>
    [Theory]
    [InlineData("cuda", "backend cuda (sm_90);")]
    [InlineData("auto", "backend cuda (sm_90), which auto takes because there is a GPU that can be used;")]
    public void Run_on_a_gpu_makes_no_wrong_call(string backend, string says)
    {
        var (exit, output, errors) = PixelnetProcess.RunWith(Driver("memory_mib=512"), tiny.Arguments(tiny.NewPath(backend), 5, "--backend", backend));
        Assert.True(exit == 0, output + errors);
        Assert.Contains(says, output, StringComparison.Ordinal);
        Assert.DoesNotContain("stub:", errors, StringComparison.Ordinal);
    }

    /// <summary>A driver that captures nothing: its refusal is told, and <c>--no-graph</c> does without.</summary>
    [Fact]
    public void No_graph_never_captures()
    {
        (string, string)[] driver = Driver("fail.cuStreamBeginCapture_v2=900");
        var (exit, output, errors) = PixelnetProcess.RunWith(driver, tiny.Arguments(tiny.NewPath("graph"), 3, "--backend", "cuda"));
        Assert.True(exit == 1, output + errors);
        Assert.Contains("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED (900)", errors, StringComparison.Ordinal);
        (exit, output, errors) = PixelnetProcess.RunWith(driver, tiny.Arguments(tiny.NewPath("no-graph"), 3, "--backend", "cuda", "--no-graph"));
        Assert.True(exit == 0, output + errors);
        Assert.DoesNotContain("stub:", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Gpu_memory_that_is_not_enough_is_told_in_figures()
    {
        var (exit, output, errors) = PixelnetProcess.RunWith(Driver("memory_mib=2"), tiny.Arguments(tiny.NewPath("small"), 2, "--backend", "cuda"));
        Assert.True(exit == 1, output + errors);
        Assert.Contains("which the cuda backend does not have (the GPU has ", errors, StringComparison.Ordinal);
    }

    // Without settings there is no driver at all.
    private static (string Name, string Value)[] Driver(string settings) => settings.Length == 0
        ? [("PIXELNET_LIBCUDA", "nowhere/libcuda.so.1")]
        : [("PIXELNET_LIBCUDA", NativeStub.Build("libcuda_stub.c").FilePath), ("PIXELNET_STUB", settings)];
}
