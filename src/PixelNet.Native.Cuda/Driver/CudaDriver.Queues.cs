using static PixelNet.Native.Cuda.Driver.NativeMethods;

namespace PixelNet.Native.Cuda.Driver;

// Streams, events, graphs.
public sealed unsafe partial class CudaDriver
{
    /// <inheritdoc/>
    public nint CreateStream()
    {
        Enter();
        Check(cuStreamCreate(out var stream, (uint)CUstream_flags.CU_STREAM_NON_BLOCKING), $"cuStreamCreate()");
        return stream.Handle;
    }

    /// <inheritdoc/>
    public void DestroyStream(nint stream)
    {
        Enter();
        CheckEnd(cuStreamDestroy_v2(new(stream)), $"cuStreamDestroy(0x{stream:x})");
    }

    /// <inheritdoc/>
    public void SynchronizeStream(nint stream)
    {
        Enter();
        Check(cuStreamSynchronize(new(stream)), $"cuStreamSynchronize(0x{stream:x})");
    }

    /// <inheritdoc/>
    public nint CreateEvent()
    {
        Enter();
        Check(cuEventCreate(out var cudaEvent, (uint)CUevent_flags.CU_EVENT_DEFAULT), $"cuEventCreate()");
        return cudaEvent.Handle;
    }

    /// <inheritdoc/>
    public void DestroyEvent(nint cudaEvent)
    {
        Enter();
        CheckEnd(cuEventDestroy_v2(new(cudaEvent)), $"cuEventDestroy(0x{cudaEvent:x})");
    }

    /// <inheritdoc/>
    public void RecordEvent(nint cudaEvent, nint stream)
    {
        Enter();
        Check(cuEventRecord(new(cudaEvent), new(stream)), $"cuEventRecord(0x{cudaEvent:x}, 0x{stream:x})");
    }

    /// <inheritdoc/>
    public void WaitForEvent(nint stream, nint cudaEvent)
    {
        Enter();
        Check(cuStreamWaitEvent(new(stream), new(cudaEvent), 0), $"cuStreamWaitEvent(0x{stream:x}, 0x{cudaEvent:x})");
    }

    /// <inheritdoc/>
    public void SynchronizeEvent(nint cudaEvent)
    {
        Enter();
        Check(cuEventSynchronize(new(cudaEvent)), $"cuEventSynchronize(0x{cudaEvent:x})");
    }

    /// <inheritdoc/>
    public float GetElapsedMilliseconds(nint start, nint end)
    {
        Enter();
        Check(cuEventElapsedTime(out float milliseconds, new(start), new(end)), $"cuEventElapsedTime(0x{start:x}, 0x{end:x})");
        return milliseconds;
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
        Enter();
        Check(cuCtxSynchronize(), $"cuCtxSynchronize()");
    }

    /// <inheritdoc/>
    public void BeginCapture(nint stream)
    {
        Enter();
        Check(cuStreamBeginCapture_v2(new(stream), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), $"cuStreamBeginCapture(0x{stream:x})");
    }

    /// <inheritdoc/>
    public nint EndCapture(nint stream)
    {
        Enter();
        Check(cuStreamEndCapture(new(stream), out var graph), $"cuStreamEndCapture(0x{stream:x})");
        var status = cuGraphInstantiateWithFlags(out var executable, graph, 0);
        CheckEnd(cuGraphDestroy(graph), $"cuGraphDestroy(0x{graph.Handle:x})");
        Check(status, $"cuGraphInstantiateWithFlags(0x{graph.Handle:x})");
        return executable.Handle;
    }

    /// <inheritdoc/>
    public void LaunchGraph(nint graph, nint stream)
    {
        Enter();
        Check(cuGraphLaunch(new(graph), new(stream)), $"cuGraphLaunch(0x{graph:x})");
    }

    /// <inheritdoc/>
    public void DestroyGraph(nint graph)
    {
        Enter();
        CheckEnd(cuGraphExecDestroy(new(graph)), $"cuGraphExecDestroy(0x{graph:x})");
    }
}
