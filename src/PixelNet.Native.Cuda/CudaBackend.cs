// The GPU backend. An op is three things under one stem:
//
//   kernels/<op>.cu              the kernels, compiled into kernels/ptx by ./build.sh kernels
//   Kernels/<Op>Kernels.cs       each pass: its entries (rungs) with their parameters and launch rule, and which one is the default;
//                                every pass is listed in KernelCatalogue, and a test compares the lists with the PTX
//   CudaBackend.<Op>.cs          IBackend's members: sizes in, one Launch a kernel
//
//   Launch(MaxPool2dKernels.Forward, sizes, Floats(y, outputs), Bytes(argmax, outputs), Floats(x, inputs), KernelArgument.Value(sizes));
//
// Launch picks the entry (options, precision), asks it for its shape, checks the arguments against its parameters and queues it. Where
// rungs of a pass take different arguments, the op asks Choose(pass) which one it is. Floats, Ints and Bytes give a tensor's address
// after checking its type and that it has as many elements as the kernel will touch; with `optional` null is the null address.
//
// Memory of a call: OpMemory as Describe asked for it (Workspace(memory, bytes)), or, for ops without one, Scratch(bytes), which all
// share. What changes from step to step is read by the kernels from the step state (State(stepState)).
using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Cublas;
using PixelNet.Native.Cuda.Cudnn;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Cuda.Runtime;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

/// <summary>
/// The backend of hand-written CUDA kernels, on a GPU or, over <see cref="EmulatedCudaDriver"/>, on an emulated one: the host code and the
/// PTX are the same.
/// </summary>
/// <remarks>One thread at a time may call it. Ops are queued in one stream, batches come in by another; <see cref="Download"/> and <see cref="Synchronize"/> wait for it.
/// Results do not depend on how blocks and warps are scheduled.</remarks>
public sealed partial class CudaBackend : IBackend
{
    private const int ScratchBytes = 1 << 16;

    private readonly CudaContext _context;
    private readonly int _computeCapability;
    private readonly CudaStream _stream;
    private readonly CudaDeviceVariable<byte> _scratch;
    private readonly Dictionary<KernelPass, KernelEntry> _chosen = [];
    private readonly Dictionary<KernelEntry, CudaKernel> _kernels = [];

    /// <summary>Takes a device.</summary>
    /// <param name="driver">The device.</param>
    /// <param name="options">Precision and kernels.</param>
    /// <param name="ownsDriver">Whether the device is disposed of with the backend; else other backends may share it.</param>
    /// <exception cref="PixelNetException">There is no kernel of a name in the options, or the device has no TF32.</exception>
    public CudaBackend(ICudaDriver driver, CudaBackendOptions? options = null, bool ownsDriver = true)
    {
        Options = options ?? new CudaBackendOptions();
        foreach (string name in Options.Kernels)
            if (!KernelCatalogue.Entries.Any(entry => entry.Name == name))
                throw new PixelNetException($"there is no kernel '{name}'; kernels: {string.Join(", ", KernelCatalogue.Entries)}");
        _computeCapability = 10 * driver.GetAttribute(CudaDeviceAttribute.ComputeCapabilityMajor) + driver.GetAttribute(CudaDeviceAttribute.ComputeCapabilityMinor);
        if (Options.Precision == Precision.Tf32 && _computeCapability < CudaDriver.Tf32ComputeCapability)
            throw new PixelNetException($"TF32 needs compute capability {CudaDriver.Tf32ComputeCapability / 10}.{CudaDriver.Tf32ComputeCapability % 10} (Ampere, 2020) and this GPU has {_computeCapability / 10}.{_computeCapability % 10}: compute in fp32");
        _context = new CudaContext(driver, ownsDriver);
        _stream = new CudaStream(_context);
        _scratch = new CudaDeviceVariable<byte>(_context, ScratchBytes);
        _staging = new CudaStaging(_context, _stream);
        _ticket = new CudaDeviceVariable<uint>(_context, 1);
        _ticket.Memset(0, _stream);
        try
        {
            _convolution = ChooseConvolution();
            if (Options.Gemm == GemmLibrary.Own) return;
            _cublas = new CublasHandle(_stream, Options.Precision);
            _cublasWorkspace = new CudaDeviceVariable<byte>(_context, CublasHandle.WorkspaceBytes);
            _cublas.SetWorkspace(_cublasWorkspace.DevicePointer, _cublasWorkspace.SizeInBytes);
            Options.Note?.Invoke($"matrix products by cuBLAS {_cublas.Version} ({_cublas.Path})");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Precision and kernels.</summary>
    public CudaBackendOptions Options { get; }

    /// <summary>The stream that ops are queued in.</summary>
    public CudaStream Stream => _stream;

    /// <summary><c>cuda</c> or <c>emulator</c>.</summary>
    public string Name => _context.Driver.Name;

    /// <summary>What results depend on: the device's level and the precision, and the libraries that compute, such as <c>sm_90</c> or <c>sm_90 tf32 cudnn 9.1.0</c>.</summary>
    public string Level => string.Join(' ', new[] { _context.Driver.Level, Options.Precision == Precision.Tf32 ? "tf32" : null, (_convolution as CudnnConvolution)?.Level, _cublas is null ? null : $"cublas {_cublas.Version}" }.OfType<string>());

    /// <summary>Loads the modules of the kernels that are used if nothing else is said, which a GPU's driver compiles when it first sees them; others are loaded when they are needed.</summary>
    public void LoadKernels()
    {
        foreach (var pass in KernelCatalogue.Passes) Kernel(pass.Choose(Options.Precision, Options.Kernels));
    }

    /// <summary>Runs one kernel and looks at what it wrote.</summary>
    /// <exception cref="CudaException">It did not run, or wrote something else.</exception>
    public void CheckKernel()
    {
        const float Value = 1.5f;
        var values = new float[1000];
        using var memory = new CudaDeviceVariable<float>(_context, values.Length);
        memory.Memset(0xFF, _stream);
        Launch(FillKernels.Forward, values.Length, memory.DevicePointer, (long)values.Length, Value);
        memory.CopyToHost(values, _stream);
        int wrong = values.AsSpan().IndexOfAnyExcept(Value);
        if (wrong >= 0) throw new CudaException($"the kernel fill_forward_v1 ran and left {values[wrong]} in place of {Value} in element {wrong} of {values.Length}", "install NVIDIA's newest display driver");
    }

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long byteLength)
    {
        var memory = new CudaDeviceVariable<byte>(_context, byteLength);
        memory.Memset(0, _stream);
        // Other streams may be the first to write to it.
        _stream.Synchronize();
        return new CudaBuffer(memory);
    }

    /// <inheritdoc/>
    public void Upload(Tensor destination, ReadOnlySpan<byte> source)
    {
        if (source.Length != destination.ByteLength)
            throw new ArgumentException($"{source.Length} bytes do not fill '{destination.Name}' of {destination.ByteLength} bytes");
        _context.Driver.CopyToDevice(Address(destination), source, _stream.Handle);
    }

    /// <inheritdoc/>
    public void Download(Span<byte> destination, Tensor source)
    {
        if (destination.Length != source.ByteLength)
            throw new ArgumentException($"{destination.Length} bytes do not hold '{source.Name}' of {source.ByteLength} bytes");
        _context.Driver.CopyToHost(destination, Address(source), _stream.Handle);
    }

    /// <inheritdoc/>
    public void Synchronize() => _stream.Synchronize();

    /// <inheritdoc/>
    public void ParametersChanged()
    {
    }

    /// <summary>Gives the device back.</summary>
    public void Dispose()
    {
        _cublas?.Dispose();
        _cublasWorkspace?.Dispose();
        _convolution?.Dispose();
        _ticket.Dispose();
        foreach (var graph in _repeated.Values) graph?.Dispose();
        foreach (var (_, table) in _segmentTables) table.Dispose();
        _staging.Dispose();
        _scratch.Dispose();
        _stream.Dispose();
        _context.Dispose();
    }

    /// <summary>The kernel that does a pass: the one named in the options, else the default of the precision.</summary>
    private KernelEntry<TSizes> Choose<TSizes>(KernelPass<TSizes> pass)
    {
        if (!_chosen.TryGetValue(pass, out var entry))
        {
            entry = pass.Choose(Options.Precision, Options.Kernels);
            _chosen.Add(pass, entry);
        }
        return (KernelEntry<TSizes>)entry;
    }

    /// <summary>Queues the kernel that does a pass.</summary>
    private void Launch<TSizes>(KernelPass<TSizes> pass, TSizes sizes, params ReadOnlySpan<KernelArgument> arguments) =>
        Launch(Choose(pass), sizes, arguments);

    /// <summary>Queues a kernel.</summary>
    private void Launch<TSizes>(KernelEntry<TSizes> entry, TSizes sizes, params ReadOnlySpan<KernelArgument> arguments)
    {
        Span<byte> block = stackalloc byte[KernelArgument.MostBlockBytes];
        int bytes = KernelArgument.Pack(block, entry, arguments);
        var shape = entry.Shape(sizes);
        if (shape.Grid.Count == 0) return;
        Kernel(entry).RunAsync(shape, _stream, block[..bytes]);
    }

    private CudaKernel Kernel(KernelEntry entry)
    {
        if (!_kernels.TryGetValue(entry, out var kernel))
            _kernels.Add(entry, kernel = _context.LoadKernelPTX(KernelImages.Of(entry.Name, _computeCapability), entry.Name));
        return kernel;
    }

    private static KernelArgument Floats(Tensor? tensor, long count, bool optional = false) => Elements(tensor, count, ElementType.Float32, optional);

    private static KernelArgument Ints(Tensor? tensor, long count, bool optional = false) => Elements(tensor, count, ElementType.Int32, optional);

    private static KernelArgument Bytes(Tensor? tensor, long count, bool optional = false) => Elements(tensor, count, ElementType.UInt8, optional);

    private static KernelArgument State(Tensor stepState) => Bytes(stepState, StepState.ByteLength);

    /// <summary>The address of floats, for a table of addresses.</summary>
    private static ulong Pointer(Tensor tensor, long count) => Checked(tensor, count, ElementType.Float32);

    /// <summary>The address of floats, 0 where there are none.</summary>
    private static ulong PointerOrNull(Tensor? tensor, long count) => tensor is null ? 0 : Pointer(tensor, count);

    /// <summary>The address of a tensor, of which the op will touch <paramref name="count"/> elements.</summary>
    private static KernelArgument Elements(Tensor? tensor, long count, ElementType type, bool optional) =>
        tensor is null && optional ? 0ul : Checked(tensor!, count, type);

    private static ulong Checked(Tensor tensor, long count, ElementType type)
    {
        if (tensor.Type != type) throw new ArgumentException($"tensor '{tensor.Name}' holds {tensor.Type}, not {type}");
        if (tensor.Count < count)
            throw new ArgumentException($"tensor '{tensor.Name}' {tensor.Shape} has fewer than the {count} elements that the op's sizes ask for");
        return Address(tensor);
    }

    private static ulong Address(Tensor tensor) => tensor.Buffer is CudaBuffer buffer
        ? buffer.DevicePointer + (ulong)tensor.ByteOffset
        : throw new ArgumentException($"tensor '{tensor.Name}' does not lie in device memory");

    /// <summary>The op's workspace, as Describe asked for it.</summary>
    internal static ulong Workspace(OpMemory memory, long bytes)
    {
        if (bytes == 0) return 0;
        if (memory.Workspace is null || memory.Workspace.ByteLength < bytes)
            throw new ArgumentException($"the op needs a workspace of {bytes} bytes, as Describe said, and got {memory.Workspace?.ByteLength ?? 0}");
        return Address(memory.Workspace);
    }

    /// <summary>Device memory for one call of an op without a workspace; its content is undefined at the start.</summary>
    private ulong Scratch(long bytes) => bytes <= ScratchBytes ? _scratch.DevicePointer
        : throw new ArgumentException($"{bytes} bytes of scratch memory are more than the {ScratchBytes} there are");
}
