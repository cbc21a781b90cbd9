using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.KernelBench.Tests;

/// <summary>A device that does nothing but keep time: each launch, copy and graph costs what the test says, and events read that clock.</summary>
/// <param name="cost">Milliseconds of a launch, by kernel and blocks.</param>
internal sealed class FakeClockDriver(Func<string, int, double> cost) : ICudaDriver
{
    private readonly Dictionary<nint, string> _functions = [];
    private readonly Dictionary<nint, double> _events = [], _graphs = [];
    private nint _handle;
    private ulong _address = 256;
    private double _now;
    private double? _captured;

    /// <summary>Launches that were really started, alone or in graphs.</summary>
    public Dictionary<string, long> Launches { get; } = [];

    /// <summary>Sequence of what was done, for order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Milliseconds of a copy of so many bytes from pinned memory.</summary>
    public Func<long, double> PinnedCost { get; init; } = _ => 1;

    /// <summary>Added to every measured time in turn: noise.</summary>
    public IReadOnlyList<double> Noise { get; init; } = [0];

    private int _noise;

    public string Name => "fake";

    public string Level => "fake";

    public int GetAttribute(CudaDeviceAttribute attribute) => attribute switch
    {
        CudaDeviceAttribute.ComputeCapabilityMajor => 9,
        CudaDeviceAttribute.MultiprocessorCount => 4,
        CudaDeviceAttribute.L2CacheSize => 8 << 20,
        _ => 0,
    };

    public (long Free, long Total) GetMemory() => (1L << 34, 1L << 34);

    public nint LoadModule(KernelImage image) => ++_handle;

    public void UnloadModule(nint module)
    {
    }

    public nint GetFunction(nint module, string name)
    {
        _functions.Add(++_handle, name);
        return _handle;
    }

    public void Launch(nint function, Dim3 grid, Dim3 block, int sharedBytes, nint stream, ReadOnlySpan<byte> parameters)
    {
        string name = _functions[function];
        Launches[name] = Launches.GetValueOrDefault(name) + 1;
        Spend(cost(name, grid.X));
    }

    public ulong Allocate(long bytes) => _address += (ulong)bytes + 256;

    public void Free(ulong address)
    {
    }

    public void CopyToDevice(ulong destination, ReadOnlySpan<byte> source, nint stream)
    {
    }

    public nint AllocateHost(long bytes) => ++_handle;

    public void FreeHost(nint memory)
    {
    }

    public void CopyPinnedToDevice(ulong destination, nint source, long bytes, nint stream) => Spend(PinnedCost(bytes));

    public void CopyOnDevice(ulong destination, ulong source, long bytes, nint stream)
    {
    }

    public void CopyToHost(Span<byte> destination, ulong source, nint stream)
    {
    }

    public void SetBytes(ulong address, byte value, long count, nint stream)
    {
    }

    public void SetWords(ulong address, uint value, long count, nint stream)
    {
    }

    public nint CreateStream() => ++_handle;

    public void DestroyStream(nint stream)
    {
    }

    public void SynchronizeStream(nint stream)
    {
    }

    public nint CreateEvent() => ++_handle;

    public void DestroyEvent(nint cudaEvent)
    {
    }

    public void RecordEvent(nint cudaEvent, nint stream) => _events[cudaEvent] = _now;

    public void WaitForEvent(nint stream, nint cudaEvent)
    {
    }

    public void SynchronizeEvent(nint cudaEvent)
    {
    }

    public float GetElapsedMilliseconds(nint start, nint end) => (float)(_events[end] - _events[start] + Noise[_noise++ % Noise.Count]);

    public void Synchronize()
    {
    }

    public void BeginCapture(nint stream) => _captured = 0;

    public nint EndCapture(nint stream)
    {
        _graphs.Add(++_handle, _captured!.Value);
        _captured = null;
        Calls.Add("captured");
        return _handle;
    }

    public void LaunchGraph(nint graph, nint stream)
    {
        Calls.Add("replayed");
        Spend(_graphs[graph]);
    }

    public void DestroyGraph(nint graph) => _graphs.Remove(graph);

    public void Dispose()
    {
    }

    private void Spend(double milliseconds)
    {
        if (_captured is { } captured) _captured = captured + milliseconds;
        else _now += milliseconds;
    }
}
