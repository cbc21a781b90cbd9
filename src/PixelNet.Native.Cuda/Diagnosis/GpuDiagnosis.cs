using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Cuda.Cublas;
using PixelNet.Native.Cuda.Cudnn;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Cuda.Runtime;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda.Diagnosis;

/// <summary>
/// Whether this machine runs the kernels, and by what: driver, GPUs, modules, a kernel, cuDNN, cuBLAS, one after the other until one of them is at fault.
/// A library that is nowhere to be found is no fault: it is only not used.
/// </summary>
public sealed class GpuDiagnosis
{
    private readonly List<DiagnosisCheck> _checks = [];
    private readonly Action<DiagnosisCheck> _seen;
    private readonly bool _emulated;
    private string _gpu = "";

    private GpuDiagnosis(bool emulated, Action<DiagnosisCheck> seen) => (_emulated, _seen) = (emulated, seen);

    /// <summary>What was found, in order.</summary>
    public IReadOnlyList<DiagnosisCheck> Checks => _checks;

    /// <summary>Whether the kernels run here.</summary>
    public bool IsWell => Fix is null;

    /// <summary>The outcome: what runs, or the one thing at fault.</summary>
    public string Verdict { get; private set; } = "";

    /// <summary>What to do about it; null where all is well.</summary>
    public string? Fix { get; private set; }

    /// <summary>Looks at everything, up to the first fault.</summary>
    /// <param name="emulated">The emulator in place of driver and GPU; the libraries, which need a GPU, are left out.</param>
    /// <param name="seen">Hears of each check when it is done.</param>
    public static GpuDiagnosis Run(bool emulated, Action<DiagnosisCheck>? seen = null)
    {
        var diagnosis = new GpuDiagnosis(emulated, seen ?? (_ => { }));
        try
        {
            diagnosis.Verdict = diagnosis.Look();
        }
        catch (CudaException e)
        {
            (diagnosis.Verdict, diagnosis.Fix) = (e.Fault, e.Fix ?? "install NVIDIA's newest display driver and start the machine again");
        }
        catch (LibraryException e)
        {
            (diagnosis.Verdict, diagnosis.Fix) = (e.Fault, e.Fix);
        }
        catch (Exception e) when (e is CudnnException or CublasException)
        {
            (diagnosis.Verdict, diagnosis.Fix) = (e.Message, $"install {(e is CudnnException ? "cuDNN" : "cuBLAS")} again, whole and for the CUDA version of the driver");
        }
        catch (InsufficientMemoryException e)
        {
            (diagnosis.Verdict, diagnosis.Fix) = (e.Message, "end other programs that use the GPU");
        }
        return diagnosis;
    }

    private string Look()
    {
        if (!_emulated) Driver();
        using var backend = new CudaBackend(Open());
        Modules();
        backend.CheckKernel();
        Found("kernel", "fill_forward_v1 ran and wrote what it should");
        Memory();
        if (_emulated) return "the kernels run on the emulated GPU; cuDNN and cuBLAS were not looked at, they need a real one";
        string convolutions = Cudnn(), products = Cublas();
        return $"{_gpu} runs the kernels; in tf32 convolutions by {convolutions}, matrix products by {products}";
    }

    private ICudaDriver Open() => _emulated ? new EmulatedCudaDriver() : CudaDriver.Open();

    private void Driver()
    {
        // A driver that is too old or finds no GPU still says what it is.
        var devices = CudaDriver.Devices();
        int version = CudaDriver.Version;
        Found("driver", $"{CudaLibrary.Name}, CUDA {CudaDriver.VersionText(version)}, takes PTX up to ISA {PtxIsa.Newest(version)}",
            ("library", CudaLibrary.Name!), ("cuda", CudaDriver.VersionText(version)), ("ptx", PtxIsa.Newest(version)));
        _gpu = devices.Count > 0 ? devices[0].Name : "";
        foreach (var device in devices)
            Found("GPU", $"{device.Ordinal}: {device.Name}, compute capability {device.ComputeCapabilityText}, {device.MemoryBytes >> 20:N0} MiB",
                ("ordinal", (long)device.Ordinal), ("name", device.Name), ("computeCapability", device.ComputeCapabilityText), ("memoryBytes", device.MemoryBytes));
        if (Environment.GetEnvironmentVariable("NVIDIA_TF32_OVERRIDE") is { Length: > 0 } value)
            Found("warning", $"NVIDIA_TF32_OVERRIDE={value} is set: it overrides --precision inside cuDNN and cuBLAS");
    }

    private void Modules()
    {
        using var driver = Open();
        int capability = 10 * driver.GetAttribute(CudaDeviceAttribute.ComputeCapabilityMajor) + driver.GetAttribute(CudaDeviceAttribute.ComputeCapabilityMinor);
        var images = KernelImages.Manifest.Modules.Select(module => (Module: module, Image: KernelImages.Of(module.Entries[0]))).ToArray();
        var loadable = images.Where(image => image.Image.ComputeCapability <= capability).ToArray();
        foreach (var (module, image) in loadable)
        {
            nint loaded = driver.LoadModule(image);
            foreach (string entry in module.Entries) driver.GetFunction(loaded, entry);
            driver.UnloadModule(loaded);
        }
        string time = driver is CudaDriver gpu ? $" in {gpu.LoadTime.TotalSeconds:F1} s" : "";
        string others = loadable.Length == images.Length ? "" : $"; {images.Length - loadable.Length} more are for newer GPUs";
        Found("modules", $"{loadable.Length} of PTX ISA {PtxIsa.Needed} loaded{time}, {loadable.Sum(image => image.Module.Entries.Count)} kernels{others}",
            ("loaded", (long)loadable.Length), ("all", (long)images.Length), ("ptx", PtxIsa.Needed));
    }

    private void Memory()
    {
        using var driver = Open();
        var (free, total) = driver.GetMemory();
        Found("memory", $"{free >> 20:N0} of {total >> 20:N0} MiB free", ("freeBytes", free), ("totalBytes", total));
    }

    private string Cudnn()
    {
        try
        {
            var library = CudnnLibrary.Open();
            var notes = new List<string>();
            using var backend = new CudaBackend(CudaDriver.Open(), new() { Convolution = ConvolutionLibrary.Cudnn, Note = notes.Add });
            CheckConvolution(backend);
            Found("cuDNN", $"{library.Version} for CUDA {library.CudaMajor} from {library.Source}, {library.Path}; its parts fit, and a convolution came out right",
                ("version", library.Version.ToString()), ("cuda", (long)library.CudaMajor), ("path", library.Path), ("source", library.Source), ("openParts", CudnnLibrary.OpenParts));
            foreach (string note in notes.Skip(1)) Found("cuDNN", note);
            return $"cuDNN {library.Version}";
        }
        catch (LibraryException e) when (e.IsAbsent)
        {
            Found("cuDNN", $"not used: {e.Fault}");
            return "own kernels";
        }
    }

    private string Cublas()
    {
        try
        {
            using var context = new CudaContext(CudaDriver.Open());
            using var stream = new CudaStream(context);
            using var cublas = new CublasHandle(stream, Precision.Fp32);
            CheckProduct(context, stream, cublas);
            Found("cuBLAS", $"{cublas.Version} from {cublas.Source}, {cublas.Path}; a product came out right", ("version", cublas.Version), ("path", cublas.Path), ("source", cublas.Source));
            return $"own kernels, or cuBLAS {cublas.Version} with --gemm cublas";
        }
        catch (LibraryException e) when (e.IsAbsent)
        {
            Found("cuBLAS", $"not used: {e.Fault}");
            return "own kernels";
        }
    }

    private static void CheckConvolution(CudaBackend backend)
    {
        const double Limit = 5e-6;
        var convolution = new Conv2dCase { Name = "doctor", Sizes = new(1, 9, 8, 16, 16, 3, 3, 1, 1) };
        using var reference = new ReferenceBackend();
        using var truth = new CaseRun(convolution, reference, ElementType.Float64);
        using var run = new CaseRun(convolution, backend);
        truth.Fill();
        truth.Forward();
        run.Fill();
        run.Forward();
        double error = TensorCompare.RelativeError(run.Read("y"), truth.Read("y"));
        if (!(error <= Limit)) throw new CudnnException($"cuDNN computes a convolution wrongly: its relative error is {error:E1} and may be {Limit:E0}");
    }

    // [2,3] times [3,2], row-major.
    private static void CheckProduct(CudaContext context, CudaStream stream, CublasHandle cublas)
    {
        using var memory = new CudaDeviceVariable<float>(context, 192);
        ulong a = memory.DevicePointer, b = a + 256, c = a + 512;
        float[] values = new float[192], expected = [58, 64, 139, 154];
        for (int i = 0; i < 6; i++) (values[i], values[64 + i]) = (i + 1, i + 7);
        memory.CopyToDevice(values, stream);
        cublas.Multiply(c, a, false, b, false, 2, 2, 3);
        memory.CopyToHost(values, stream);
        if (!values.AsSpan(128, 4).SequenceEqual(expected)) throw new CublasException($"cuBLAS computes a product wrongly: [{string.Join(", ", values[128..132])}] and not [{string.Join(", ", expected)}]");
    }

    private void Found(string name, string text, params ReadOnlySpan<(string Name, object Value)> values)
    {
        var named = new Dictionary<string, object>();
        foreach (var (key, value) in values) named.Add(key, value);
        var check = new DiagnosisCheck(name, text, named);
        _checks.Add(check);
        _seen(check);
    }
}
