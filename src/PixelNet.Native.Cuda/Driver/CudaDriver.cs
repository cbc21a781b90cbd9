using System.Diagnostics;
using System.Text;
using PixelNet.Native.Ptx.Execution;
using static PixelNet.Native.Cuda.Driver.NativeMethods;

namespace PixelNet.Native.Cuda.Driver;

/// <summary>
/// One GPU through <c>libcuda</c>, in its primary context, which other libraries of this process share. What a call refuses is a
/// <see cref="CudaException"/> with the call, its arguments and the library's own words. Opened by <see cref="Open"/>.
/// </summary>
public sealed unsafe partial class CudaDriver : ICudaDriver
{
    // More dynamic shared memory than this a kernel must be allowed to use.
    private const int SharedBytesWithoutAsking = 48 << 10;

    private const int LogBytes = 4096;

    // The driver keeps a current context per thread.
    [ThreadStatic]
    private static CudaDriver? t_current;

    private readonly CUdevice _device;
    private readonly CUcontext _context;
    private readonly Dictionary<nint, Function> _functions = [];
    private Function? _lastLaunched;
    private bool _failed, _disposed;

    private CudaDriver(CudaDeviceInfo device, CUdevice handle)
    {
        (Device, _device) = (device, handle);
        Check(cuDevicePrimaryCtxRetain(out _context, handle), $"cuDevicePrimaryCtxRetain(device {device.Ordinal})");
    }

    /// <summary>The GPU.</summary>
    public CudaDeviceInfo Device { get; }

    /// <summary>Time that the driver took to load modules so far: compiling PTX for this GPU, or finding the result in its cache.</summary>
    public TimeSpan LoadTime { get; private set; }

    /// <inheritdoc/>
    public string Name => "cuda";

    /// <summary><c>sm_90</c>: the compute capability.</summary>
    public string Level => $"sm_{Device.ComputeCapability}";

    /// <inheritdoc/>
    public int GetAttribute(CudaDeviceAttribute attribute)
    {
        Check(cuDeviceGetAttribute(out int value, (CUdevice_attribute)attribute, _device), $"cuDeviceGetAttribute({attribute})");
        return value;
    }

    /// <inheritdoc/>
    public (long Free, long Total) GetMemory()
    {
        Enter();
        Check(cuMemGetInfo_v2(out nuint free, out nuint total), $"cuMemGetInfo()");
        return ((long)free, (long)total);
    }

    /// <inheritdoc/>
    public nint LoadModule(KernelImage image)
    {
        Enter();
        byte* log = stackalloc byte[LogBytes];
        log[0] = 0;
        var text = Encoding.UTF8.GetBytes(image.Ptx + '\0');
        var options = stackalloc[] { CUjit_option.CU_JIT_ERROR_LOG_BUFFER, CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES };
        void** values = stackalloc void*[] { log, (void*)LogBytes };
        long start = Stopwatch.GetTimestamp();
        CUresult status;
        CUmodule module;
        fixed (byte* ptx = text) status = cuModuleLoadDataEx(out module, ptx, 2, options, values);
        LoadTime += Stopwatch.GetElapsedTime(start);
        if (status != CUresult.CUDA_SUCCESS)
        {
            string said = TextOf(log).Trim().ReplaceLineEndings("; ");
            throw Failed($"the module {image.Name} cannot be loaded: cuModuleLoadDataEx({text.Length} bytes of PTX): {Describe(status)}{(said.Length == 0 ? "" : $": {said}")}");
        }
        return module.Handle;
    }

    /// <inheritdoc/>
    public void UnloadModule(nint module)
    {
        Enter();
        CheckEnd(cuModuleUnload(new(module)), $"cuModuleUnload(0x{module:x})");
    }

    /// <inheritdoc/>
    public nint GetFunction(nint module, string name)
    {
        Enter();
        CUfunction function;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0')) Check(cuModuleGetFunction(out function, new(module), text), $"cuModuleGetFunction(\"{name}\")");
        _functions[function.Handle] = new Function(name);
        return function.Handle;
    }

    /// <inheritdoc/>
    public void Launch(nint function, Dim3 grid, Dim3 block, int sharedBytes, nint stream, ReadOnlySpan<byte> parameters)
    {
        Enter();
        if (!_functions.TryGetValue(function, out var known)) throw new CudaException($"there is no function 0x{function:x}");
        if (sharedBytes > Math.Max(SharedBytesWithoutAsking, known.SharedBytes))
        {
            Check(cuFuncSetAttribute(new(function), CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, sharedBytes), $"cuFuncSetAttribute({known.Name}, dynamic shared memory {sharedBytes} bytes)");
            known.SharedBytes = sharedBytes;
        }
        fixed (byte* data = parameters)
        {
            nuint size = (nuint)parameters.Length;
            void** extra = stackalloc void*[] { (void*)CU_LAUNCH_PARAM.BUFFER_POINTER, data, (void*)CU_LAUNCH_PARAM.BUFFER_SIZE, &size, (void*)CU_LAUNCH_PARAM.END };
            Check(cuLaunchKernel(new(function), (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)block.X, (uint)block.Y, (uint)block.Z, (uint)sharedBytes, new(stream), null, extra),
                $"cuLaunchKernel({known.Name}, grid {grid}, block {block}, {sharedBytes} bytes shared, {parameters.Length} bytes of parameters)");
        }
        _lastLaunched = known;
    }

    /// <inheritdoc/>
    public ulong Allocate(long bytes)
    {
        Enter();
        var status = cuMemAlloc_v2(out var address, (nuint)bytes);
        if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY)
        {
            var (free, total) = GetMemory();
            throw new InsufficientMemoryException($"the GPU has {free >> 20} MiB free of {total >> 20}, and {(bytes >> 20) + 1} were asked for");
        }
        Check(status, $"cuMemAlloc({bytes} bytes)");
        return address.Address;
    }

    /// <inheritdoc/>
    public void Free(ulong address)
    {
        Enter();
        CheckEnd(cuMemFree_v2(new(address)), $"cuMemFree(0x{address:x})");
    }

    /// <inheritdoc/>
    public nint AllocateHost(long bytes)
    {
        Enter();
        var status = cuMemHostAlloc(out void* memory, (nuint)bytes, 0);
        if (status == CUresult.CUDA_ERROR_OUT_OF_MEMORY) throw new InsufficientMemoryException($"the machine does not give {(bytes >> 20) + 1} MiB of pinned memory");
        Check(status, $"cuMemHostAlloc({bytes} bytes)");
        return (nint)memory;
    }

    /// <inheritdoc/>
    public void FreeHost(nint memory)
    {
        Enter();
        CheckEnd(cuMemFreeHost((void*)memory), $"cuMemFreeHost(0x{memory:x})");
    }

    /// <inheritdoc/>
    public void CopyToDevice(ulong destination, ReadOnlySpan<byte> source, nint stream)
    {
        // Pageable memory is copied to the driver's own buffers before the call returns.
        fixed (byte* from = source) CopyPinnedToDevice(destination, (nint)from, source.Length, stream);
    }

    /// <inheritdoc/>
    public void CopyPinnedToDevice(ulong destination, nint source, long bytes, nint stream)
    {
        if (bytes == 0) return;
        Enter();
        Check(cuMemcpyHtoDAsync_v2(new(destination), (void*)source, (nuint)bytes, new(stream)), $"cuMemcpyHtoDAsync(0x{destination:x}, {bytes} bytes)");
    }

    /// <inheritdoc/>
    public void CopyOnDevice(ulong destination, ulong source, long bytes, nint stream)
    {
        if (bytes == 0) return;
        Enter();
        Check(cuMemcpyDtoDAsync_v2(new(destination), new(source), (nuint)bytes, new(stream)), $"cuMemcpyDtoDAsync(0x{destination:x}, 0x{source:x}, {bytes} bytes)");
    }

    /// <inheritdoc/>
    public void CopyToHost(Span<byte> destination, ulong source, nint stream)
    {
        Enter();
        if (destination.Length > 0)
            fixed (byte* to = destination)
                Check(cuMemcpyDtoHAsync_v2(to, new(source), (nuint)destination.Length, new(stream)), $"cuMemcpyDtoHAsync(0x{source:x}, {destination.Length} bytes)");
        SynchronizeStream(stream);
    }

    /// <inheritdoc/>
    public void SetBytes(ulong address, byte value, long count, nint stream)
    {
        if (count == 0) return;
        Enter();
        Check(cuMemsetD8Async(new(address), value, (nuint)count, new(stream)), $"cuMemsetD8Async(0x{address:x}, {count} bytes)");
    }

    /// <inheritdoc/>
    public void SetWords(ulong address, uint value, long count, nint stream)
    {
        if (count == 0) return;
        Enter();
        Check(cuMemsetD32Async(new(address), value, (nuint)count, new(stream)), $"cuMemsetD32Async(0x{address:x}, {count} words)");
    }

    /// <summary>Leaves the device; what was not freed before goes with the process.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (t_current == this) t_current = null;
        CheckEnd(cuDevicePrimaryCtxRelease_v2(_device), $"cuDevicePrimaryCtxRelease(device {Device.Ordinal})");
    }

    private void Enter()
    {
        if (t_current == this) return;
        ObjectDisposedException.ThrowIf(_disposed, this);
        Check(cuCtxSetCurrent(_context), $"cuCtxSetCurrent(device {Device.Ordinal})");
        t_current = this;
    }

    private sealed class Function(string name)
    {
        public string Name { get; } = name;

        /// <summary>Dynamic shared memory that it is allowed beyond what it may use without asking.</summary>
        public int SharedBytes { get; set; }
    }
}
