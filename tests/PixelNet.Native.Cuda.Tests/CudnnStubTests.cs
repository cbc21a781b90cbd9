using System.Reflection;
using System.Runtime.CompilerServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Cudnn;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Tests.Stubs;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Ptx.Tracing;
using Xunit;

namespace PixelNet.Native.Cuda.Tests;

/// <summary>
/// Convolutions by cuDNN, against a stub that computes what its descriptors say, on the emulated device: layouts, padding, factors, masks, precision and
/// the choice of algorithms, with the own kernels beside it.
/// </summary>
[Collection(CudaStub.Collection)]
public sealed class CudnnStubTests
{
    private const long Cap = 1 << 20;

    private static readonly Conv2dSizes Sizes = new(1, 6, 5, 4, 8, 3, 3, 1, 1);

    public static TheoryData<string> Cases => [.. OpCases.All.OfType<Conv2dCase>().Where(c => !c.Long).Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Convolution_equals_the_reference_in_double(string name)
    {
        using var run = new Run();
        foreach (var row in ParityCheck.Of(OpCases.All.Single(c => c.Op == "Conv2d" && c.Name == name), run.Backend)) Assert.True(row.Passed, row.Fault);
    }

    public static TheoryData<string> Nets => [.. NetCase.All.Select(net => net.Name)];

    /// <summary>Both libraries at once in whole nets, from the image to every gradient.</summary>
    [Theory]
    [MemberData(nameof(Nets))]
    public void Net_has_the_gradients_of_the_reference(string name)
    {
        using var run = new Run(new() { Gemm = GemmLibrary.Cublas, WorkspaceCap = Cap }, cublas: true);
        foreach (var row in ParityCheck.Of(NetCase.All.Single(net => net.Name == name), run.Backend)) Assert.True(row.Passed, row.Fault);
        Assert.True(run.Stub.Calls("cudnnConvolutionBackwardFilter") > 0);
    }

    /// <summary>Exact fp32 never takes the default math type, which the stub, like a GPU, computes in TF32 and measures to be faster; TF32 takes it.</summary>
    [Fact]
    public void Precision_is_what_was_asked_for()
    {
        var c = OpCases.All.OfType<Conv2dCase>().First(c => !c.Long);
        using (var run = new Run())
        {
            foreach (var row in ParityCheck.Of(c, run.Backend)) Assert.True(row.Passed, row.Fault);
            Assert.DoesNotContain("cudnnSetConvolutionMathType math=0", run.Stub.Record);
            Assert.Equal("ptx cudnn 9.1.0", run.Backend.Level);
        }
        using var tf32 = new Run(new() { Precision = Precision.Tf32, WorkspaceCap = Cap });
        Assert.Equal("ptx tf32 cudnn 9.1.0", tf32.Backend.Level);
        foreach (var row in ParityCheck.Of(c, tf32.Backend, CaseTolerance.Tf32)) Assert.True(row.Passed, row.Fault);
        Assert.DoesNotContain("cudnnSetConvolutionMathType math=3", tf32.Stub.Record);
        Assert.Contains(ParityCheck.Of(c, tf32.Backend), row => !row.Passed);
    }

    [Fact]
    public void Every_declared_function_is_called_rightly()
    {
        NativeStub stub;
        using (var run = new Run())
        {
            stub = run.Stub;
            Check(run.Backend, OpCases.All.OfType<Conv2dCase>().Where(c => !c.Long));
            stub.Fail("cudnnConvolutionForward", 5000);
            Assert.Throws<CudnnException>(() => Convolve(run.Backend, hasBias: false));
        }
        string[] declared = [.. typeof(CudnnNative).GetMethods(BindingFlags.Static | BindingFlags.NonPublic).Where(method => method.Name.StartsWith("cudnn", StringComparison.Ordinal)).Select(method => method.Name)];
        Assert.True(declared.Length >= 30, $"only {declared.Length} functions are found");
        // The version is asked for once in a process.
        Assert.All(declared.Except([nameof(CudnnNative.cudnnGetVersion), nameof(CudnnNative.cudnnGetCudartVersion)]), name => Assert.True(stub.Calls(name) > 0, $"{name} is never called"));
        Assert.Equal((new CudnnVersion(9, 1, 0), 12), (CudnnLibrary.Open().Version, CudnnLibrary.Open().CudaMajor));
    }

    [Fact]
    public void What_measuring_returns_is_48_bytes_long() => Assert.Equal(48, Unsafe.SizeOf<CudnnAlgorithmPerformance>());

    [Theory]
    [InlineData("cudnnConvolutionBiasActivationForward", 5000, "the forward pass of", "by algorithm 1 failed: CUDNN_STATUS_EXECUTION_FAILED (5000): the stub was told to fail")]
    [InlineData("cudnnConvolutionBiasActivationForward", 4242, "the forward pass of", "CUDNN_UNKNOWN_STATUS (4242)")]
    public void Failure_of_a_pass_is_told_in_the_librarys_words(string function, int status, params string[] words)
    {
        using var run = new Run();
        Convolve(run.Backend);
        run.Stub.Fail(function, status);
        var failure = Assert.Throws<CudnnException>(() => Convolve(run.Backend));
        Assert.All(words, word => Assert.Contains(word, failure.Message, StringComparison.Ordinal));
        Assert.Contains("Conv2dSizes { N = 1, H = 6", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cudnnCreate", 1001, "cudnnCreate() failed: CUDNN_STATUS_NOT_INITIALIZED (1001)")]
    [InlineData("cudnnCreate", 1008, "CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED (1008)")]
    [InlineData("cudnnSetTensor4dDescriptor", 2000, "cudnnSetTensor4dDescriptor(NHWC, float, 1, 16, 16, 16) failed: CUDNN_STATUS_BAD_PARAM (2000)")]
    [InlineData("cudnnSetFilter4dDescriptor", 3000, "cudnnSetFilter4dDescriptor(float, NHWC, 16, 16, 3, 3) failed: CUDNN_STATUS_NOT_SUPPORTED (3000)")]
    [InlineData("cudnnSetConvolution2dDescriptor", 4000, "cudnnSetConvolution2dDescriptor(1, 1, 1, 1, 1, 1, cross-correlation, float) failed: CUDNN_STATUS_INTERNAL_ERROR (4000)")]
    public void CuDNN_that_does_not_start_is_an_error_or_with_auto_a_note(string function, int status, string sentence)
    {
        var stub = LibraryStubs.Cudnn();
        stub.Fail(function, status);
        Assert.Contains(sentence, Assert.Throws<CudnnException>(() => new CudaBackend(Gpu(), new() { Convolution = ConvolutionLibrary.Cudnn })).Message, StringComparison.Ordinal);
        var notes = new List<string>();
        using var backend = new CudaBackend(Gpu(), new() { Convolution = ConvolutionLibrary.Auto, Precision = Precision.Tf32, Note = notes.Add });
        Assert.StartsWith("convolutions by own kernels, because ", Assert.Single(notes), StringComparison.Ordinal);
        Assert.Contains(sentence, notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_that_cuDNN_sees_otherwise_are_refused()
    {
        LibraryStubs.Cudnn().Set("cudnn_wrong_sizes", 1);
        var failure = Assert.Throws<CudnnException>(() => new CudaBackend(Gpu(), new() { Convolution = ConvolutionLibrary.Cudnn }));
        Assert.Contains("to be [1,17,16,16] and not [1,16,16,16]", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>The own kernel does what cuDNN may not, and the notes say so once.</summary>
    [Fact]
    public void Pass_without_a_deterministic_algorithm_is_the_own_kernels()
    {
        using var run = new Run(settings: stub => stub.Set("cudnn_no_filter", 1));
        Check(run.Backend, OpCases.All.OfType<Conv2dCase>().Where(c => !c.Long).Take(3));
        Assert.Equal(0, run.Stub.Calls("cudnnConvolutionBackwardFilter"));
        Assert.True(run.Stub.Calls("cudnnConvolutionBackwardData") > 0);
        Assert.Contains(run.Notes, note => note.Contains("does not compute the weight gradient of 3x3", StringComparison.Ordinal) && note.Contains("no algorithm is deterministic, exact, and within 1 MiB; own kernel there", StringComparison.Ordinal));
        Assert.Equal(run.Notes.Distinct(), run.Notes);
    }

    /// <summary>With no workspace to have, algorithm 0 is left of the forward pass, and nothing of the gradients.</summary>
    [Fact]
    public void Workspace_stays_within_its_cap()
    {
        using var run = new Run(new() { WorkspaceCap = 1024 });
        Check(run.Backend, OpCases.All.OfType<Conv2dCase>().Where(c => !c.Long));
        Assert.All(run.Stub.Record.Where(line => line.StartsWith("cudnnConvolution", StringComparison.Ordinal)), line => Assert.Contains("workspace=0 ", line, StringComparison.Ordinal));
        Assert.Contains(run.Stub.Record, line => line.StartsWith("cudnnConvolutionBiasActivationForward alpha1=1 algo=0", StringComparison.Ordinal));
        Assert.Equal(0, run.Stub.Calls("cudnnConvolutionBackwardData"));
    }

    /// <summary>All that a step needs is measured and allocated when memory is planned: a second round of passes measures and allocates nothing.</summary>
    [Fact]
    public void Passes_neither_measure_nor_allocate()
    {
        using var run = new Run();
        Convolve(run.Backend);
        run.Backend.Describe(Sizes);
        (long allocations, long measured) = (run.Driver.Allocations, run.Stub.Calls("cudnnFindConvolutionForwardAlgorithmEx"));
        Assert.Equal(2, measured);
        run.Backend.Describe(Sizes);
        Assert.Equal((4096, 4096L), (run.Backend.Describe(Sizes).WorkspaceBytes, run.Backend.Describe(Sizes).ForwardBytes));
        Assert.Equal((allocations, measured), (run.Driver.Allocations, run.Stub.Calls("cudnnFindConvolutionForwardAlgorithmEx")));
        Convolve(run.Backend);
        Assert.Equal(measured, run.Stub.Calls("cudnnFindConvolutionForwardAlgorithmEx"));
    }

    /// <summary>Without a file, backends of one process still agree: one measures, and the next computes the same bytes.</summary>
    [Fact]
    public void Backends_of_one_process_take_the_same_algorithms()
    {
        using (var run = new Run(new() { WorkspaceCap = 54321 }, isolated: false)) Convolve(run.Backend);
        using var next = new Run(new() { WorkspaceCap = 54321 }, isolated: false);
        Convolve(next.Backend);
        Assert.Equal(0, next.Stub.Calls("cudnnFindConvolutionForwardAlgorithmEx"));
    }

    /// <summary>The next run takes the same algorithms without measuring, and measures again where the file does not read well.</summary>
    [Fact]
    public void Algorithms_are_kept_from_run_to_run()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("pixelnet-algorithms").FullName, "new", "algorithms.txt");
        long Measured()
        {
            using var run = new Run(new() { AlgorithmFile = file, WorkspaceCap = Cap });
            Convolve(run.Backend);
            return run.Stub.Calls("cudnnFindConvolutionForwardAlgorithmEx");
        }
        Assert.Equal(2, Measured());
        string[] lines = File.ReadAllLines(file);
        Assert.Contains("ptx x 1 | cuDNN 9.1.0 | Fp32 | 1048576 | Forward | 1,6,5,4,8,3,3,1,1 | 1 | 3", lines);
        Assert.Equal(0, Measured());
        File.WriteAllLines(file, lines.Select(line => line.Replace("| 1 | 3", "| 99 | 3", StringComparison.Ordinal)));
        Assert.Equal(2, Measured());
        File.WriteAllLines(file, lines.Select(line => line.Replace("| 1 | 3", "| 1 | 0", StringComparison.Ordinal)));
        Assert.Equal(2, Measured());
        File.WriteAllText(file, "| | ||\0\n" + lines[0][..40]);
        Assert.Equal(2, Measured());
    }

    private static void Check(CudaBackend backend, IEnumerable<OpCase> cases)
    {
        foreach (var c in cases)
            foreach (var row in ParityCheck.Of(c, backend)) Assert.True(row.Passed, row.Fault);
    }

    private static void Convolve(CudaBackend backend, bool hasBias = true)
    {
        using var run = new CaseRun(new Conv2dCase { Name = "a convolution", Sizes = Sizes, Bias = hasBias, Relu = hasBias }, backend);
        run.Fill();
        run.Forward();
    }

    /// <summary>A GPU of libcuda's stub, whose memory is the host's; it does not run the own kernels.</summary>
    private static CudaDriver Gpu()
    {
        CudaStub.Fresh();
        return CudaDriver.Open();
    }

    /// <summary>A backend over the stub and the emulator; at its end the stub has had no complaint and all its handles back.</summary>
    private sealed class Run : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("pixelnet-algorithms").FullName;

        public Run(CudaBackendOptions? options = null, Action<NativeStub>? settings = null, bool cublas = false, bool isolated = true)
        {
            // A small cap: the emulator poisons what measuring allocates.
            options ??= new() { WorkspaceCap = Cap };
            if (isolated && options.AlgorithmFile is null) options = options with { AlgorithmFile = Path.Combine(_folder, "algorithms.txt") };
            Driver = new EmulatedCudaDriver(new() { Observers = Observers.All, Launched = report => Assert.True(report.IsClean, string.Join('\n', report.Findings)) });
            Stub = LibraryStubs.Cudnn(Driver);
            settings?.Invoke(Stub);
            if (cublas) LibraryStubs.Cublas(Driver);
            Backend = new CudaBackend(Driver, options with { Convolution = ConvolutionLibrary.Cudnn, Note = Notes.Add });
        }

        public EmulatedCudaDriver Driver { get; }

        public NativeStub Stub { get; }

        public CudaBackend Backend { get; }

        public List<string> Notes { get; } = [];

        public void Dispose()
        {
            Backend.Dispose();
            Directory.Delete(_folder, recursive: true);
            Assert.Empty(Stub.Complaints);
            string[] made = ["cudnnCreate", "cudnnCreateTensorDescriptor", "cudnnCreateFilterDescriptor", "cudnnCreateConvolutionDescriptor", "cudnnCreateActivationDescriptor"];
            Assert.All(made, function => Assert.Equal(Stub.Calls(function), Stub.Calls(function.Replace("Create", "Destroy", StringComparison.Ordinal))));
        }
    }
}
