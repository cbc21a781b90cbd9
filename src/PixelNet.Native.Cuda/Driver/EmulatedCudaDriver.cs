using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Execution;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Cuda.Driver;

/// <summary>
/// The driver API over the PTX emulator: the same PTX, parameter blocks and launch shapes as on a GPU, on any machine. Every call has
/// ended when it returns, so streams and events are only checked for being used rightly.
/// </summary>
public sealed class EmulatedCudaDriver : ICudaDriver
{
    // Parsed once per process: a module is a fixed text.
    private static readonly ConditionalWeakTable<string, PtxModule> ParsedModules = [];

    private readonly EmulatedDevice _device;
    private readonly Dictionary<ulong, long> _allocations = [];
    private readonly Dictionary<nint, LoadedModule> _modules = [];
    private readonly Dictionary<nint, EmulatedKernel> _functions = [];
    private readonly HashSet<nint> _streams = [0], _events = [];
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

    /// <summary>Copies from the host so far.</summary>
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
        _device.Unload(Known(_modules, module, "module"));
        _modules.Remove(module);
    }

    /// <inheritdoc/>
    public nint GetFunction(nint module, string name)
    {
        try
        {
            _functions.Add(++_lastHandle, Known(_modules, module, "module").GetKernel(name));
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
        var kernel = Known(_functions, function, "function");
        Known(_streams, stream, "stream");
        LaunchReport report;
        try
        {
            report = _device.Launch(kernel, grid, block, parameters, sharedBytes, Options.Observers, Options.Seed, Options.InstructionLimit);
        }
        catch (PtxException e)
        {
            throw new CudaException($"the launch is refused: {e.Message}", e);
        }
        Launches++;
        Instructions += report.Instructions;
        _findings.AddRange(report.Findings);
        Options.Launched?.Invoke(report);
        if (report.Fault is { } fault) throw new CudaException($"the kernel failed: {fault}");
    }

    /// <inheritdoc/>
    public ulong Allocate(long bytes)
    {
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
        if (!_allocations.Remove(address, out long bytes)) throw new CudaException($"0x{address:x} is not the start of an allocation");
        _device.Free(address);
        _used -= bytes;
    }

    /// <inheritdoc/>
    public void CopyToDevice(ulong destination, ReadOnlySpan<byte> source, nint stream)
    {
        Known(_streams, stream, "stream");
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

    /// <inheritdoc/>
    public void CopyToHost(Span<byte> destination, ulong source, nint stream)
    {
        Known(_streams, stream, "stream");
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
    public void SetBytes(ulong address, byte value, long count, nint stream)
    {
        Known(_streams, stream, "stream");
        try
        {
            _device.Fill(address, value, count);
        }
        catch (PtxException e)
        {
            throw new CudaException($"the fill is refused: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void SetWords(ulong address, uint value, long count, nint stream)
    {
        var words = new uint[Math.Min(count, 1 << 16)];
        Array.Fill(words, value);
        for (long done = 0; done < count; done += words.Length)
            CopyToDevice(address + (ulong)done * sizeof(uint), MemoryMarshal.AsBytes(words.AsSpan(0, (int)Math.Min(words.Length, count - done))), stream);
    }

    /// <inheritdoc/>
    public nint CreateStream()
    {
        _streams.Add(++_lastHandle);
        return _lastHandle;
    }

    /// <inheritdoc/>
    public void DestroyStream(nint stream)
    {
        Known(_streams, stream, "stream");
        _streams.Remove(stream);
    }

    /// <inheritdoc/>
    public void SynchronizeStream(nint stream) => Known(_streams, stream, "stream");

    /// <inheritdoc/>
    public nint CreateEvent()
    {
        _events.Add(++_lastHandle);
        return _lastHandle;
    }

    /// <inheritdoc/>
    public void DestroyEvent(nint cudaEvent)
    {
        Known(_events, cudaEvent, "event");
        _events.Remove(cudaEvent);
    }

    /// <inheritdoc/>
    public void RecordEvent(nint cudaEvent, nint stream)
    {
        Known(_events, cudaEvent, "event");
        Known(_streams, stream, "stream");
    }

    /// <inheritdoc/>
    public void WaitForEvent(nint stream, nint cudaEvent) => RecordEvent(cudaEvent, stream);

    /// <inheritdoc/>
    public void SynchronizeEvent(nint cudaEvent) => Known(_events, cudaEvent, "event");

    /// <inheritdoc/>
    public float GetElapsedMilliseconds(nint start, nint end) =>
        throw new CudaException("the emulator has no clock: it counts instructions and memory traffic, it does not time them");

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _device.Dispose();

    private static T Known<T>(Dictionary<nint, T> handles, nint handle, string kind) =>
        handles.TryGetValue(handle, out var known) ? known : throw new CudaException($"there is no {kind} {handle}");

    private static void Known(HashSet<nint> handles, nint handle, string kind)
    {
        if (!handles.Contains(handle)) throw new CudaException($"there is no {kind} {handle}");
    }
}
