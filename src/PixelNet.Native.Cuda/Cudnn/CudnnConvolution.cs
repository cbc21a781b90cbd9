using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Runtime;

namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>
/// Convolutions by cuDNN. Which algorithm computes a pass is measured when the pass is planned, on memory that is given back before anything else
/// is allocated, and kept; a step then neither measures nor allocates, so that it can be captured. A pass that has no algorithm that may be used
/// (deterministic, exact where fp32 is asked for, within the workspace cap) is computed by the own kernels, and the notes say so.
/// </summary>
internal sealed class CudnnConvolution : IConvolution
{
    private static readonly Conv2dSizes Probe = new(1, 16, 16, 16, 16, 3, 3, 1, 1);

    private readonly CudaContext _context;
    private readonly CudaStream _stream;
    private readonly IConvolution _own;
    private readonly Action<ulong, ulong, long> _mask;
    private readonly CudaBackendOptions _options;
    private readonly CudnnHandle _cudnn;
    private readonly AlgorithmFile _file;
    private readonly Dictionary<Conv2dSizes, PlannedShape> _shapes = [];
    private readonly HashSet<string> _noted = [];

    /// <summary>Opens cuDNN and tries it on a small convolution.</summary>
    /// <param name="context">The device.</param>
    /// <param name="stream">Where work is queued.</param>
    /// <param name="own">Computes what cuDNN does not.</param>
    /// <param name="mask">Sets dx to 0 where an activation is not positive: (dx, activation, elements).</param>
    /// <param name="options">Precision, workspace cap, file of the algorithms, notes.</param>
    /// <exception cref="PixelNetException">There is no cuDNN, it does not fit, or it computes none of the passes.</exception>
    public CudnnConvolution(CudaContext context, CudaStream stream, IConvolution own, Action<ulong, ulong, long> mask, CudaBackendOptions options)
    {
        (_context, _stream, _own, _mask, _options) = (context, stream, own, mask, options);
        if (context.Driver is CudaDriver) CudnnLibrary.Open().CheckDriver(CudaDriver.Version);
        _cudnn = new CudnnHandle(stream.Handle);
        _file = new AlgorithmFile(options.AlgorithmFile, $"{context.Driver.Level} x {context.Driver.GetAttribute(CudaDeviceAttribute.MultiprocessorCount)} | cuDNN {_cudnn.Library.Version} | {options.Precision} | {options.WorkspaceCap}");
        try
        {
            var probe = Plan(Probe);
            _cudnn.Library.CheckOpenParts();
            if (Enum.GetValues<ConvolutionPass>().All(pass => probe[pass] is null))
                throw new CudnnException($"cuDNN {_cudnn.Library.Version} at {_cudnn.Library.Path} computes none of the passes of a convolution: {probe.Reason(ConvolutionPass.Forward)}");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Such as <c>cudnn 9.1.0</c>: part of what results depend on.</summary>
    public string Level => $"cudnn {_cudnn.Library.Version}";

    /// <inheritdoc/>
    public long WorkspaceBytes(in Conv2dSizes sizes)
    {
        var shape = Plan(sizes);
        long bytes = Enum.GetValues<ConvolutionPass>().Max(pass => shape[pass]?.WorkspaceBytes ?? 0);
        // The own kernels may have to help out with any pass of any shape.
        return Math.Max(bytes, _own.WorkspaceBytes(sizes));
    }

    /// <inheritdoc/>
    public long ForwardWorkspaceBytes(in Conv2dSizes sizes) => Math.Max(Plan(sizes)[ConvolutionPass.Forward]?.WorkspaceBytes ?? 0, _own.ForwardWorkspaceBytes(sizes));

    /// <inheritdoc/>
    public void Forward(ulong y, ulong x, ulong w, ulong b, in Conv2dSizes sizes, bool relu, OpMemory memory)
    {
        var shape = Plan(sizes);
        if (shape[ConvolutionPass.Forward] is not { } algorithm) _own.Forward(y, x, w, b, sizes, relu, memory);
        else if (b == 0 && relu)
        {
            Note("a ReLU without a bias is no pass of cuDNN; own kernel there");
            _own.Forward(y, x, w, b, sizes, relu, memory);
        }
        else if (b != 0 && !relu && algorithm.Number != CudnnAlgorithm.ImplicitPrecompGemm)
        {
            Note("a bias without a ReLU is no pass of cuDNN's fastest algorithm; own kernel there");
            _own.Forward(y, x, w, b, sizes, relu, memory);
        }
        else Check(shape.Shape.Forward(algorithm, y, x, w, b, relu, CudaBackend.Workspace(memory, algorithm.WorkspaceBytes)), ConvolutionPass.Forward, algorithm, sizes);
    }

    /// <inheritdoc/>
    public void BackwardInput(ulong dx, ulong dy, ulong w, ulong activation, in Conv2dSizes sizes, OpMemory memory)
    {
        var shape = Plan(sizes);
        if (shape[ConvolutionPass.BackwardInput] is not { } algorithm)
        {
            _own.BackwardInput(dx, dy, w, activation, sizes, memory);
            return;
        }
        Check(shape.Shape.BackwardInput(algorithm, dx, dy, w, CudaBackend.Workspace(memory, algorithm.WorkspaceBytes)), ConvolutionPass.BackwardInput, algorithm, sizes);
        if (activation != 0) _mask(dx, activation, CudaBackend.InputCount(sizes));
    }

    /// <inheritdoc/>
    public void BackwardWeight(ulong dw, ulong dy, ulong x, in Conv2dSizes sizes, OpMemory memory)
    {
        var shape = Plan(sizes);
        if (shape[ConvolutionPass.BackwardWeight] is not { } algorithm) _own.BackwardWeight(dw, dy, x, sizes, memory);
        else Check(shape.Shape.BackwardWeight(algorithm, dw, dy, x, CudaBackend.Workspace(memory, algorithm.WorkspaceBytes)), ConvolutionPass.BackwardWeight, algorithm, sizes);
    }

    /// <summary>What it is, for the notes: <c>cuDNN 9.1.0 (/usr/lib/…), fp32 by FMA</c>.</summary>
    public override string ToString() =>
        $"cuDNN {_cudnn.Library.Version} ({_cudnn.Library.Path}), {(_options.Precision == Precision.Tf32 ? "TF32" : "fp32 by FMA")}, deterministic";

    /// <summary>Ends cuDNN.</summary>
    public void Dispose()
    {
        foreach (var shape in _shapes.Values) shape.Shape.Dispose();
        _shapes.Clear();
        _cudnn.Dispose();
        _own.Dispose();
    }

    private static void Check(cudnnStatus_t status, ConvolutionPass pass, CudnnAlgorithm algorithm, in Conv2dSizes sizes)
    {
        if (status != 0) throw new CudnnException($"the {CudnnShape.NameOf(pass)} of {sizes} by algorithm {algorithm.Number} failed: {CudnnHandle.Explain(status)}");
    }

    /// <summary>The shape with its algorithms, measured when it is first asked for: that is when memory is planned.</summary>
    private PlannedShape Plan(Conv2dSizes sizes)
    {
        if (_shapes.TryGetValue(sizes, out var planned)) return planned;
        _shapes.Add(sizes, planned = new(new CudnnShape(_cudnn, sizes, _options.Precision)));
        var passes = Enum.GetValues<ConvolutionPass>();
        foreach (var pass in passes) planned[pass] = Kept(planned.Shape, pass);
        if (passes.Any(pass => planned[pass] is null)) Measure(planned, passes.Where(pass => planned[pass] is null));
        foreach (var pass in passes)
            if (planned[pass] is { } algorithm) planned.Shape.SetMathType(pass, algorithm.MathType);
        return planned;
    }

    private CudnnAlgorithm? Kept(CudnnShape shape, ConvolutionPass pass) =>
        _file.Find(pass, shape.Sizes) is { } kept && (_options.Precision == Precision.Tf32 || kept.MathType == cudnnMathType_t.CUDNN_FMA_MATH)
            && shape.WorkspaceOf(pass, kept.Number, kept.MathType) is { } bytes && bytes <= _options.WorkspaceCap
            ? new(kept.Number, kept.MathType, bytes) : null;

    private void Measure(PlannedShape planned, IEnumerable<ConvolutionPass> passes)
    {
        var sizes = planned.Shape.Sizes;
        using var x = Zeros(CudaBackend.InputCount(sizes));
        using var y = Zeros(CudaBackend.OutputCount(sizes));
        using var w = Zeros(CudaBackend.WeightCount(sizes));
        using var b = Zeros(sizes.K);
        long bytes = Math.Min(_options.WorkspaceCap, _context.Driver.GetMemory().Free / 2);
        using var workspace = new CudaDeviceVariable<byte>(_context, bytes);
        foreach (var pass in passes)
        {
            try
            {
                foreach (var algorithm in planned.Shape.Measure(pass, x.DevicePointer, y.DevicePointer, w.DevicePointer, workspace.DevicePointer, bytes))
                {
                    // Not every algorithm of the forward pass is one of the fused pass.
                    if (pass == ConvolutionPass.Forward && planned.Shape.Forward(algorithm, y.DevicePointer, x.DevicePointer, w.DevicePointer, b.DevicePointer, relu: true, workspace.DevicePointer) != 0) continue;
                    planned[pass] = algorithm;
                    _file.Keep(pass, sizes, algorithm);
                    break;
                }
                if (planned[pass] is null) planned.Refuse(pass, $"no algorithm is deterministic, {(_options.Precision == Precision.Tf32 ? "" : "exact, ")}and within {bytes >> 20} MiB");
            }
            catch (CudnnException refusal)
            {
                planned.Refuse(pass, refusal.Message);
            }
            if (planned[pass] is null) Note($"cuDNN does not compute the {CudnnShape.NameOf(pass)} of {sizes.R}x{sizes.S}, {sizes.C} -> {sizes.K} channels: {planned.Reason(pass)}; own kernel there");
        }
        _stream.Synchronize();
    }

    private CudaDeviceVariable<float> Zeros(long count)
    {
        var memory = new CudaDeviceVariable<float>(_context, count);
        memory.Memset(0, _stream);
        return memory;
    }

    private void Note(string sentence)
    {
        if (_noted.Add(sentence)) _options.Note?.Invoke(sentence);
    }

    /// <summary>A shape, and for each pass its algorithm or why it has none.</summary>
    private sealed class PlannedShape(CudnnShape shape)
    {
        private readonly CudnnAlgorithm?[] _algorithms = new CudnnAlgorithm?[3];
        private readonly string[] _reasons = ["", "", ""];

        public CudnnShape Shape { get; } = shape;

        public CudnnAlgorithm? this[ConvolutionPass pass]
        {
            get => _algorithms[(int)pass];
            set => _algorithms[(int)pass] = value;
        }

        public string Reason(ConvolutionPass pass) => _reasons[(int)pass];

        public void Refuse(ConvolutionPass pass, string reason) => _reasons[(int)pass] = reason;
    }
}
