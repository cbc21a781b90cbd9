// What the backend needs of the CUDA driver API, call for call, so that the emulator and libcuda stand behind the same host code:
//
//   member             cu…                                      member                  cu…
//   GetAttribute       DeviceGetAttribute                       SetBytes, SetWords      MemsetD8Async, MemsetD32Async
//   GetMemory          MemGetInfo                               CreateStream …          StreamCreate, StreamDestroy, StreamSynchronize
//   LoadModule         ModuleLoadDataEx (PTX text)              CreateEvent …           EventCreate, EventDestroy, EventRecord
//   GetFunction        ModuleGetFunction                        WaitForEvent            StreamWaitEvent
//   Launch             LaunchKernel, `extra` = packed block     SynchronizeEvent        EventSynchronize
//   Allocate, Free     MemAlloc, MemFree                        GetElapsedMilliseconds  EventElapsedTime
//   AllocateHost …     MemHostAlloc, MemFreeHost                Synchronize             CtxSynchronize
//   CopyToDevice/Host  MemcpyHtoDAsync, MemcpyDtoHAsync         BeginCapture            StreamBeginCapture
//   CopyPinnedTo…      MemcpyHtoDAsync                          EndCapture              StreamEndCapture, GraphInstantiate
//   CopyOnDevice       MemcpyDtoDAsync                          LaunchGraph …           GraphLaunch, GraphExecDestroy
//
// Handles are opaque; a device address is a CUdeviceptr. Work of one stream runs in order; host memory handed to a copy is no longer
// needed when the call returns. Every failure is a CudaException.
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Cuda.Driver;

/// <summary>One device, as the CUDA driver API shows it. One thread at a time.</summary>
public interface ICudaDriver : IDisposable
{
    /// <summary>Name of the backend over it: <c>cuda</c> or <c>emulator</c>.</summary>
    string Name { get; }

    /// <summary>What the bytes of a result depend on beside the kernels: <c>sm_90</c>, <c>ptx</c>.</summary>
    string Level { get; }

    /// <summary>A property of the device.</summary>
    int GetAttribute(CudaDeviceAttribute attribute);

    /// <summary>Free and total device memory in bytes.</summary>
    (long Free, long Total) GetMemory();

    /// <summary>Loads a module from its PTX text.</summary>
    /// <exception cref="CudaException">The text is not accepted; the message names the module and the line.</exception>
    nint LoadModule(KernelImage image);

    /// <summary>Unloads a module.</summary>
    void UnloadModule(nint module);

    /// <summary>A kernel of a module.</summary>
    /// <exception cref="CudaException">The module has none of that name.</exception>
    nint GetFunction(nint module, string name);

    /// <summary>Starts a kernel.</summary>
    /// <param name="function">The kernel.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads of a block.</param>
    /// <param name="sharedBytes">Dynamic shared memory of a block.</param>
    /// <param name="stream">Stream; 0 = the default one.</param>
    /// <param name="parameters">The packed parameter block, each value at its natural alignment.</param>
    /// <exception cref="CudaException">The shape is not possible, or (at the latest when the stream is waited for) the kernel failed.</exception>
    void Launch(nint function, Dim3 grid, Dim3 block, int sharedBytes, nint stream, ReadOnlySpan<byte> parameters);

    /// <summary>Allocates device memory of undefined content, at a multiple of 256 bytes.</summary>
    /// <exception cref="InsufficientMemoryException">The device has not that much.</exception>
    ulong Allocate(long bytes);

    /// <summary>Frees an allocation.</summary>
    void Free(ulong address);

    /// <summary>Copies host bytes to the device.</summary>
    void CopyToDevice(ulong destination, ReadOnlySpan<byte> source, nint stream);

    /// <summary>Pinned host memory: what copies read or write while the host goes on, at the bus's full rate.</summary>
    /// <exception cref="InsufficientMemoryException">The machine does not give that much.</exception>
    nint AllocateHost(long bytes);

    /// <summary>Frees pinned memory.</summary>
    void FreeHost(nint memory);

    /// <summary>Queues a copy from pinned memory, which stays as it is until the stream has passed it.</summary>
    void CopyPinnedToDevice(ulong destination, nint source, long bytes, nint stream);

    /// <summary>Queues a copy within the device.</summary>
    void CopyOnDevice(ulong destination, ulong source, long bytes, nint stream);

    /// <summary>Copies device bytes to the host, after everything that the stream was given before; waits for them.</summary>
    void CopyToHost(Span<byte> destination, ulong source, nint stream);

    /// <summary>Sets <paramref name="count"/> bytes.</summary>
    void SetBytes(ulong address, byte value, long count, nint stream);

    /// <summary>Sets <paramref name="count"/> 32-bit words.</summary>
    void SetWords(ulong address, uint value, long count, nint stream);

    /// <summary>A stream of its own.</summary>
    nint CreateStream();

    /// <summary>Ends a stream.</summary>
    void DestroyStream(nint stream);

    /// <summary>Waits for a stream.</summary>
    void SynchronizeStream(nint stream);

    /// <summary>An event.</summary>
    nint CreateEvent();

    /// <summary>Ends an event.</summary>
    void DestroyEvent(nint cudaEvent);

    /// <summary>Lets the event happen when the stream gets there.</summary>
    void RecordEvent(nint cudaEvent, nint stream);

    /// <summary>What the stream is given from now on waits for the event.</summary>
    void WaitForEvent(nint stream, nint cudaEvent);

    /// <summary>Waits for the event on the host.</summary>
    void SynchronizeEvent(nint cudaEvent);

    /// <summary>Milliseconds between two events.</summary>
    /// <exception cref="CudaException">The device has no clock: the emulator counts, it does not time.</exception>
    float GetElapsedMilliseconds(nint start, nint end);

    /// <summary>Waits for the device.</summary>
    void Synchronize();

    /// <summary>
    /// From now on what the stream is given is written down and not done, until <see cref="EndCapture"/>: launches, fills and copies on the device.
    /// The host may not wait, allocate or load a module in between.
    /// </summary>
    void BeginCapture(nint stream);

    /// <summary>What was written down, ready to be launched as often as wanted.</summary>
    nint EndCapture(nint stream);

    /// <summary>Queues all that a graph holds.</summary>
    void LaunchGraph(nint graph, nint stream);

    /// <summary>Ends a graph.</summary>
    void DestroyGraph(nint graph);
}
