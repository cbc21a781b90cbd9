using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Execution;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Cuda.Driver;

/// <summary>
/// The driver API over the PTX emulator: the same PTX, parameter blocks and launch shapes as on a GPU, on any machine. Work has ended when
/// the call returns, unless <see cref="EmulatedCudaDriverOptions.StreamSeed"/> puts it off.
/// </summary>
public sealed unsafe class EmulatedCudaDriver : ICudaDriver
{
    // Parsed once per process: a module is a fixed text.
    private static readonly ConditionalWeakTable<string, PtxModule> ParsedModules = [];

    private readonly EmulatedDevice _device;
    private readonly Dictionary<ulong, long> _allocations = [];
    private readonly Dictionary<nint, LoadedModule> _modules = [];
    private readonly Dictionary<nint, EmulatedKernel> _functions = [];
    private readonly HashSet<nint> _hostMemory = [];
    private readonly EmulatedQueues _queues;
    private readonly List<Finding> _findings = [];
    private nint _lastHandle;
    private long _used;

    /// <summary>A device that runs kernels without observers.</summary>
    public EmulatedCudaDriver() : this(new EmulatedCudaDriverOptions())
    {
    }

    /// <summary>A device.</summary>
    /// <param name="options">Observers, seed, limits.</param>
    public EmulatedCudaDriver(EmulatedCudaDriverOptions options)
    {
        Options = options;
        _device = new EmulatedDevice(options.Device);
        _queues = new EmulatedQueues(options.StreamSeed);
    }

    /// <summary>Observers, seed, limits.</summary>
    public EmulatedCudaDriverOptions Options { get; }

    /// <summary>What the observers found in all launches so far.</summary>
    public IReadOnlyList<Finding> Findings => _findings;

    /// <summary>Launches so far.</summary>
    public long Launches { get; private set; }

    /// <summary>Warp instructions of all launches so far.</summary>
    public long Instructions { get; private set; }

    /// <summary>Allocations so far; within a training step there are none.</summary>
    public long Allocations { get; private set; }

    /// <summary>Copies from the host so far, fills with words among them.</summary>
    public long CopiesToDevice { get; private set; }

    /// <inheritdoc/>
    public string Name => "emulator";

    /// <summary><c>ptx</c>: the emulator's arithmetic, the same on every machine.</summary>
    public string Level => "ptx";

    /// <inheritdoc/>
    public int GetAttribute(CudaDeviceAttribute attribute) => attribute switch
    {
        CudaDeviceAttribute.MaxThreadsPerBlock => Options.Device.ThreadsPerBlock,
        CudaDeviceAttribute.MultiprocessorCount => 1,
        CudaDeviceAttribute.ComputeCapabilityMajor => 8,
        CudaDeviceAttribute.ComputeCapabilityMinor => 0,
        CudaDeviceAttribute.MaxSharedMemoryPerBlockOptin => Options.Device.SharedBytesPerBlock,
        _ => throw new CudaException($"the emulated device has no attribute {attribute}"),
    };

    /// <inheritdoc/>
    public (long Free, long Total) GetMemory() => (Options.Device.MemoryBytes - _used, Options.Device.MemoryBytes);

    /// <inheritdoc/>
    public nint LoadModule(KernelImage image)
    {
        RefuseInCapture("load a module");
        try
        {
            var parsed = ParsedModules.GetValue(image.Ptx, text => PtxModule.Parse(text, image.Lines is null ? null : LineMap.Parse(image.Lines)));
            _modules.Add(++_lastHandle, _device.Load(parsed));
            return _lastHandle;
        }
        catch (PtxException e)
        {
            throw new CudaException($"the module {image.Name} cannot be loaded: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void UnloadModule(nint module)
    {
        _queues.Synchronize();
        _device.Unload(EmulatedQueues.Known(_modules, module, "module"));
        _modules.Remove(module);
    }

    /// <inheritdoc/>
    public nint GetFunction(nint module, string name)
    {
        try
        {
            _functions.Add(++_lastHandle, EmulatedQueues.Known(_modules, module, "module").GetKernel(name));
            return _lastHandle;
        }
        catch (PtxException e)
        {
            throw new CudaException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public void Launch(nint function, Dim3 grid, Dim3 block, int sharedBytes, nint stream, ReadOnlySpan<byte> parameters)
    {
        var kernel = EmulatedQueues.Known(_functions, function, "function");
        byte[] packed = parameters.ToArray();
        _queues.Queue(stream, () => Launch(kernel, grid, block, sharedBytes, packed));
    }

    /// <inheritdoc/>
    public ulong Allocate(long bytes)
    {
        RefuseInCapture("allocate memory");
        try
        {
            ulong address = _device.Allocate(bytes);
            _allocations.Add(address, bytes);
            _used += bytes;
            Allocations++;
            return address;
        }
        catch (Exception e) when (e is PtxException or OutOfMemoryException)
        {
            throw new InsufficientMemoryException(e.Message, e);
        }
    }

    /// <inheritdoc/>
    public void Free(ulong address)
    {
        _queues.Synchronize();
        if (!_allocations.Remove(address, out long bytes)) throw new CudaException($"0x{address:x} is not the start of an allocation");
        _device.Free(address);
        _used -= bytes;
    }

    /// <inheritdoc/>
    public nint AllocateHost(long bytes)
    {
        RefuseInCapture("allocate memory");
        nint memory = (nint)NativeMemory.AllocZeroed((nuint)bytes);
        _hostMemory.Add(memory);
        Allocations++;
        return memory;
    }

    /// <inheritdoc/>
    public void FreeHost(nint memory)
    {
        _queues.Synchronize();
        if (!_hostMemory.Remove(memory)) throw new CudaException($"0x{memory:x} is not the start of pinned memory");
        NativeMemory.Free((void*)memory);
    }

    /// <inheritdoc/>
    public void CopyToDevice(ulong destination, ReadOnlySpan<byte> source, nint stream)
    {
        RefuseInCapture("copy from memory that is another one when the graph runs");
        byte[] bytes = source.ToArray();
        _queues.Queue(stream, () => Write(destination, bytes));
    }

    /// <inheritdoc/>
    public void CopyPinnedToDevice(ulong destination, nint source, long bytes, nint stream) =>
        _queues.Queue(stream, () => Write(destination, new((void*)source, checked((int)bytes))));

    /// <inheritdoc/>
    public void CopyOnDevice(ulong destination, ulong source, long bytes, nint stream) => _queues.Queue(stream, () =>
    {
        var copied = new byte[bytes];
        Try("the copy on the device", () => _device.Read(source, copied));
        Try("the copy on the device", () => _device.Write(destination, copied));
    });

    /// <inheritdoc/>
    public void CopyToHost(Span<byte> destination, ulong source, nint stream)
    {
        _queues.Synchronize(stream);
        try
        {
            _device.Read(source, destination);
        }
        catch (PtxException e)
        {
            throw new CudaException($"the copy to the host is refused: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void SetBytes(ulong address, byte value, long count, nint stream) =>
        _queues.Queue(stream, () => Try("the fill", () => _device.Fill(address, value, count)));

    /// <inheritdoc/>
    public void SetWords(ulong address, uint value, long count, nint stream)
    {
        var words = new uint[Math.Min(count, 1 << 16)];
        Array.Fill(words, value);
        _queues.Queue(stream, () =>
        {
            for (long done = 0; done < count; done += words.Length)
                Write(address + (ulong)done * sizeof(uint), MemoryMarshal.AsBytes(words.AsSpan(0, (int)Math.Min(words.Length, count - done))));
        });
    }

    /// <inheritdoc/>
    public nint CreateStream()
    {
        _queues.AddStream(++_lastHandle);
        return _lastHandle;
    }

    /// <inheritdoc/>
    public void DestroyStream(nint stream) => _queues.RemoveStream(stream);

    /// <inheritdoc/>
    public void SynchronizeStream(nint stream) => _queues.Synchronize(stream);

    /// <inheritdoc/>
    public nint CreateEvent()
    {
        _queues.AddEvent(++_lastHandle);
        return _lastHandle;
    }

    /// <inheritdoc/>
    public void DestroyEvent(nint cudaEvent) => _queues.RemoveEvent(cudaEvent);

    /// <inheritdoc/>
    public void RecordEvent(nint cudaEvent, nint stream) => _queues.Record(cudaEvent, stream);

    /// <inheritdoc/>
    public void WaitForEvent(nint stream, nint cudaEvent) => _queues.Wait(stream, cudaEvent);

    /// <inheritdoc/>
    public void SynchronizeEvent(nint cudaEvent) => _queues.SynchronizeEvent(cudaEvent);

    /// <inheritdoc/>
    public float GetElapsedMilliseconds(nint start, nint end) =>
        throw new CudaException("the emulator has no clock: it counts instructions and memory traffic, it does not time them");

    /// <inheritdoc/>
    public void Synchronize() => _queues.Synchronize();

    /// <inheritdoc/>
    public void BeginCapture(nint stream) => _queues.BeginCapture(stream);

    /// <inheritdoc/>
    public nint EndCapture(nint stream)
    {
        _queues.EndCapture(stream, ++_lastHandle);
        return _lastHandle;
    }

    /// <inheritdoc/>
    public void LaunchGraph(nint graph, nint stream) => _queues.LaunchGraph(graph, stream);

    /// <inheritdoc/>
    public void DestroyGraph(nint graph)
    {
        _queues.Synchronize();
        _queues.RemoveGraph(graph);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (nint memory in _hostMemory) NativeMemory.Free((void*)memory);
        _hostMemory.Clear();
        _device.Dispose();
    }

    private void Launch(EmulatedKernel kernel, Dim3 grid, Dim3 block, int sharedBytes, byte[] parameters)
    {
        LaunchReport? report = null;
        Try("the launch", () => report = _device.Launch(kernel, grid, block, parameters, sharedBytes, Options.Observers, Options.Seed, Options.InstructionLimit));
        Launches++;
        Instructions += report!.Instructions;
        _findings.AddRange(report.Findings);
        Options.Launched?.Invoke(report);
        if (report.Fault is { } fault) throw new CudaException($"the kernel failed: {fault}");
    }

    private void Write(ulong destination, ReadOnlySpan<byte> source)
    {
        try
        {
            _device.Write(destination, source);
            CopiesToDevice++;
        }
        catch (PtxException e)
        {
            throw new CudaException($"the copy to the device is refused: {e.Message}", e);
        }
    }

    private void RefuseInCapture(string what)
    {
        if (_queues.Capturing) throw new CudaException($"the host may not {what} while a stream is being captured");
    }

    private static void Try(string what, Action work)
    {
        try
        {
            work();
        }
        catch (PtxException e)
        {
            throw new CudaException($"{what} is refused: {e.Message}", e);
        }
    }
}
