using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>
/// An <see cref="OpCase"/> with memory on a backend. Order: <see cref="Fill"/>, <see cref="Forward"/>, <see cref="Backward"/>, <see cref="Read"/>.
/// Every tensor lies between two runs of canary bytes, directly before its first and behind its last byte.
/// </summary>
public sealed class CaseRun : IDisposable
{
    // Before a tensor; 256 keeps its alignment. Behind it there are as many, and what rounding to 256 adds.
    private const int Guard = 256;
    // As float 1e36: what reads beyond a tensor shows too.
    private const byte Canary = 0x7B;
    // As float, double or half: NaN; as int32: -1; as byte: 255.
    private const byte Poison = 0xFF;
    private const uint FillPurpose = 0xCA5E;

    private readonly MemoryPlan _plan = new();
    private readonly Dictionary<string, (Tensor Tensor, Tensor Block)> _tensors = [];

    /// <summary>Plans and allocates.</summary>
    /// <param name="case">What is run.</param>
    /// <param name="backend">What computes; the caller disposes of it, after the run.</param>
    /// <param name="real">Float32; Float64 on the reference backend only.</param>
    public CaseRun(OpCase @case, IBackend backend, ElementType real = ElementType.Float32)
    {
        (Case, Backend, Real) = (@case, backend, real);
        foreach (var tensor in @case.Tensors) Add(tensor.Name, tensor.Shape, tensor.Type ?? real);
        var request = @case.Describe(backend);
        Memory = new OpMemory { Workspace = AddBytes("workspace", request.WorkspaceBytes), Derived = AddBytes("derived", request.DerivedBytes) };
        _plan.Allocate(backend);
    }

    /// <summary>What is run.</summary>
    public OpCase Case { get; }

    /// <summary>What computes.</summary>
    public IBackend Backend { get; }

    /// <summary>Float32 or Float64.</summary>
    public ElementType Real { get; }

    /// <summary>Workspace and derived weights as the backend described them.</summary>
    public OpMemory Memory { get; }

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="KeyNotFoundException">The case declares none.</exception>
    public Tensor this[string name] => _tensors[name].Tensor;

    /// <summary>The tensor of that name, or null: an optional argument.</summary>
    public Tensor? Find(string name) => _tensors.TryGetValue(name, out var found) ? found.Tensor : null;

    /// <summary>The tensors <c>name0</c>, <c>name1</c>, …</summary>
    public IReadOnlyList<Tensor> List(string name)
    {
        var list = new List<Tensor>();
        while (Find($"{name}{list.Count}") is { } tensor) list.Add(tensor);
        return list;
    }

    /// <summary>
    /// Gives every tensor with declared values its values, a function of the seed alone; poisons everything else (NaN), workspace
    /// included; sets the canaries.
    /// </summary>
    /// <param name="zeroGradients">Accumulating gradients start at 0 and not at their declared values.</param>
    public void Fill(bool zeroGradients = false)
    {
        foreach (var (tensor, block) in _tensors.Values)
        {
            var bytes = new byte[block.ByteLength];
            bytes.AsSpan().Fill(Canary);
            bytes.AsSpan(Guard, (int)tensor.ByteLength).Fill(Poison);
            Backend.Upload(block, bytes);
        }
        for (int i = 0; i < Case.Tensors.Count; i++)
        {
            var declared = Case.Tensors[i];
            if (declared.Fill is not { } fill) continue;
            var values = new double[declared.Shape.Count];
            var random = new PhiloxStream(Case.Seed, FillPurpose, (uint)i, 0);
            if (!(zeroGradients && declared.Role == CaseRole.Gradient)) fill(values, ref random);
            Write(declared.Name, values);
        }
        Memory.DerivedVersion = -1;
        Backend.ParametersChanged();
    }

    /// <summary>The forward pass.</summary>
    public void Forward() => Case.Forward(this);

    /// <summary>What stands between the passes: <see cref="OpCase.Prepare"/>.</summary>
    public void Prepare() => Case.Prepare(this);

    /// <summary><see cref="Prepare"/> and the backward pass.</summary>
    public void Backward()
    {
        Case.Prepare(this);
        Case.Backward(this);
    }

    /// <summary>All elements, row-major, of whatever type they are; waits for the backend.</summary>
    public double[] Read(string name)
    {
        var tensor = this[name];
        byte[] bytes = ReadBytes(name);
        return tensor.Type switch
        {
            ElementType.Float64 => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
            ElementType.Float32 => Array.ConvertAll(MemoryMarshal.Cast<byte, float>(bytes).ToArray(), value => (double)value),
            ElementType.Int32 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(bytes).ToArray(), value => (double)value),
            _ => Array.ConvertAll(bytes, value => (double)value),
        };
    }

    /// <summary>All bytes.</summary>
    public byte[] ReadBytes(string name)
    {
        var bytes = new byte[this[name].ByteLength];
        Backend.Download(bytes, this[name]);
        return bytes;
    }

    /// <summary>Sets all elements, rounded to the tensor's type.</summary>
    public void Write(string name, double[] values)
    {
        var tensor = this[name];
        Backend.Upload(tensor, tensor.Type switch
        {
            ElementType.Float64 => MemoryMarshal.AsBytes<double>(values),
            ElementType.Float32 => MemoryMarshal.AsBytes<float>(Array.ConvertAll(values, value => (float)value)),
            ElementType.Int32 => MemoryMarshal.AsBytes<int>(Array.ConvertAll(values, value => (int)value)),
            _ => Array.ConvertAll(values, value => (byte)value),
        });
    }

    /// <summary>Copies one tensor to another of the same size, on the host: for ops that may work in place.</summary>
    public void Copy(string destination, string source) => Backend.Upload(this[destination], ReadBytes(source));

    /// <summary>Name and place of a canary that was overwritten; null if all live.</summary>
    public string? DamagedCanary()
    {
        foreach (var (tensor, block) in _tensors.Values)
        {
            var bytes = new byte[block.ByteLength];
            Backend.Download(bytes, block);
            int before = bytes.AsSpan(0, Guard).IndexOfAnyExcept(Canary), behind = bytes.AsSpan(Guard + (int)tensor.ByteLength).IndexOfAnyExcept(Canary);
            if (before >= 0) return $"{Case}: byte {before - Guard} before the start of '{tensor.Name}' was overwritten";
            if (behind >= 0) return $"{Case}: byte {behind} behind the end of '{tensor.Name}' was overwritten";
        }
        return null;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _plan.Dispose();

    private Tensor? AddBytes(string name, long bytes) =>
        bytes == 0 ? null : Add(name, new Shape(checked((int)bytes)), ElementType.UInt8);

    private Tensor Add(string name, Shape shape, ElementType type)
    {
        long bytes = shape.Count * type.Bytes();
        var block = _plan.Add($"{name} guarded", new Shape(checked((int)bytes + 2 * Guard)), MemoryKind.Activations, ElementType.UInt8);
        var tensor = block.View(name, shape, type, Guard);
        _tensors.Add(name, (tensor, block));
        return tensor;
    }
}
