using System.Runtime.InteropServices;
using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Runtime;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.KernelBench.Rows;

/// <summary>
/// Device memory of one set of buffers. Inputs hold normally distributed numbers (never zeros, which the hardware likes too well). Each tensor lies
/// between canaries of 256 bytes; what a call overwrites is NaN before a checked run.
/// </summary>
/// <param name="backend">Where it lies; disposed of by the caller, later.</param>
/// <param name="pattern">The numbers.</param>
internal sealed class RowMemory(CudaBackend backend, NormalPattern pattern) : IDisposable
{
    private const int Guard = 256, StartStep = 7919;
    private const byte Canary = 0x7B, Poison = 0xFF;
    private readonly List<(Tensor Tensor, Tensor Block)> _all = [];
    private readonly List<Action> _resets = [];
    private readonly List<Tensor> _outputs = [];
    private readonly List<MemoryPlan> _plans = [];
    private int _fills;

    /// <summary>Bytes so far.</summary>
    public long Bytes => _all.Sum(entry => entry.Block.ByteLength) + _plans.Sum(plan => plan.TotalBytes);

    /// <summary>What the call writes.</summary>
    public IReadOnlyList<Tensor> Outputs => _outputs;

    /// <summary>Normally distributed, mean 0.</summary>
    public Tensor Normal(string name, Shape shape, double deviation = 1) => Filled(name, shape, NumberKind.Normal, deviation);

    /// <summary>Normally distributed, through a ReLU.</summary>
    public Tensor Rectified(string name, Shape shape) => Filled(name, shape, NumberKind.Rectified, 1);

    /// <summary>Given integers.</summary>
    public Tensor Ints(string name, int[] values)
    {
        var tensor = Add(name, new Shape(values.Length), ElementType.Int32);
        backend.Upload(tensor, MemoryMarshal.AsBytes<int>(values));
        return tensor;
    }

    /// <summary>Given floats.</summary>
    public Tensor Floats(string name, float[] values)
    {
        var tensor = Add(name, new Shape(values.Length), ElementType.Float32);
        backend.Upload(tensor, MemoryMarshal.AsBytes<float>(values));
        return tensor;
    }

    /// <summary>Given bytes.</summary>
    public Tensor Bytes8(string name, byte[] values)
    {
        var tensor = Add(name, new Shape(values.Length), ElementType.UInt8);
        backend.Upload(tensor, values);
        return tensor;
    }

    /// <summary>What a call overwrites.</summary>
    public Tensor Output(string name, Shape shape, ElementType type = ElementType.Float32) => Reset(Add(name, shape, type), tensor => backend.Fill(tensor.View("bytes", new Shape(checked((int)tensor.ByteLength)), ElementType.UInt8, 0), Poison));

    /// <summary>What a call adds to.</summary>
    public Tensor Accumulated(string name, Shape shape) => Reset(Add(name, shape, ElementType.Float32), tensor => backend.Fill(tensor, 0));

    /// <summary>What a call changes: positive numbers, as a second moment must be.</summary>
    public Tensor State(string name, Shape shape)
    {
        int start = NextStart();
        return Reset(Add(name, shape, ElementType.Float32), tensor => Fill(tensor, NumberKind.Magnitude, 0.01, start));
    }

    /// <summary>Scratch, NaN before a checked run; null for none.</summary>
    public Tensor? Scratch(string name, long bytes)
    {
        if (bytes == 0) return null;
        var tensor = Add(name, new Shape(checked((int)bytes)), ElementType.UInt8);
        _resets.Add(() => backend.Fill(tensor, Poison));
        return tensor;
    }

    /// <summary>Names tensors of a plan of their own as outputs; they are neither guarded nor reset.</summary>
    public void Watch(params ReadOnlySpan<Tensor> outputs) => _outputs.AddRange(outputs);

    /// <summary>Gives a plan's memory back with this.</summary>
    public void Own(MemoryPlan plan) => _plans.Add(plan);

    /// <summary>Called by <see cref="Reset()"/>, too.</summary>
    public void OnReset(Action action) => _resets.Add(action);

    /// <summary>Before a checked run.</summary>
    public void Reset()
    {
        foreach (var reset in _resets) reset();
    }

    /// <summary>What is wrong after a checked run: a canary that was overwritten; null = nothing.</summary>
    public string? Fault()
    {
        var guard = new byte[Guard];
        foreach (var (tensor, block) in _all)
            foreach (long at in (long[])[0, Guard + tensor.ByteLength])
            {
                backend.Download(guard, block.View("guard", new Shape(Guard), ElementType.UInt8, at));
                if (guard.AsSpan().ContainsAnyExcept(Canary)) return $"memory {(at == 0 ? "before" : "behind")} '{tensor.Name}' was overwritten";
            }
        return null;
    }

    /// <summary>Fills a tensor of a plan of its own: normally distributed, mean 0.</summary>
    public void FillNormal(Tensor tensor, double deviation) => Fill(tensor, NumberKind.Normal, deviation, NextStart());

    public void Dispose()
    {
        foreach (var (_, block) in _all) block.Buffer.Dispose();
        foreach (var plan in _plans) plan.Dispose();
        _all.Clear();
        _plans.Clear();
    }

    private Tensor Filled(string name, Shape shape, NumberKind kind, double scale)
    {
        var tensor = Add(name, shape, ElementType.Float32);
        Fill(tensor, kind, scale, NextStart());
        return tensor;
    }

    private void Fill(Tensor tensor, NumberKind kind, double scale, int start) =>
        pattern.Fill(((CudaBuffer)tensor.Buffer).DevicePointer + (ulong)tensor.ByteOffset, tensor.Count, kind, scale, start, backend.Stream.Handle);

    // Each tensor begins at another place of the pattern.
    private int NextStart() => StartStep * _fills++;

    private Tensor Reset(Tensor tensor, Action<Tensor> reset)
    {
        _outputs.Add(tensor);
        _resets.Add(() => reset(tensor));
        reset(tensor);
        return tensor;
    }

    private Tensor Add(string name, Shape shape, ElementType type)
    {
        long bytes = shape.Count * type.Bytes();
        var block = Tensor.Allocate(backend, $"{name} guarded", new Shape(checked((int)(bytes + 2 * Guard))), ElementType.UInt8);
        foreach (long at in (long[])[0, Guard + bytes]) backend.Fill(block.View("guard", new Shape(Guard), ElementType.UInt8, at), Canary);
        var tensor = block.View(name, shape, type, Guard);
        _all.Add((tensor, block));
        return tensor;
    }
}
