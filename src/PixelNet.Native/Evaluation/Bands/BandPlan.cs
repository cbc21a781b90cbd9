using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>What the nodes of a prediction in bands are planned with: its memory plan, the steps, and the memory of the ops.</summary>
/// <remarks>Two trunks may make the same layer; they share its derived weights.</remarks>
internal sealed class BandPlan(IBackend backend, ElementType real)
{
    private readonly Dictionary<string, (Conv2dSizes? Whole, long Derived)> _requests = [];
    private readonly Dictionary<string, OpMemory> _memories = [];
    private long _workspaceBytes;
    private Tensor? _workspace;

    public IBackend Backend => backend;

    public ElementType Real => real;

    public MemoryPlan Plan { get; } = new();

    /// <summary>What is done for an image, in order.</summary>
    public List<BandStep> Steps { get; } = [];

    /// <summary>Asks for an op's memory.</summary>
    /// <param name="name">The layer.</param>
    /// <param name="whole">Sizes of the whole convolution; null for other ops.</param>
    /// <param name="requests">What the backend wants for each of the sizes that occur.</param>
    public void Request(string name, Conv2dSizes? whole, params ReadOnlySpan<OpMemoryRequest> requests)
    {
        long derived = _requests.GetValueOrDefault(name).Derived;
        foreach (var request in requests) (_workspaceBytes, derived) = (Math.Max(_workspaceBytes, request.ForwardOnly.WorkspaceBytes), Math.Max(derived, request.DerivedBytes));
        _requests[name] = (whole, derived);
    }

    /// <summary>Plans what was asked for.</summary>
    public void PlanMemory()
    {
        _workspace = Bytes("workspace", _workspaceBytes);
        foreach (var (name, request) in _requests)
            _memories.Add(name, new OpMemory { Workspace = _workspace, Derived = Bytes($"{name}.derived", request.Derived), Whole = request.Whole });
    }

    /// <summary>The memory of a layer, after <see cref="PlanMemory"/>.</summary>
    public OpMemory MemoryOf(string name) => _memories[name];

    private Tensor? Bytes(string name, long bytes) => bytes == 0 ? null
        : Plan.Add(name, new Shape((int)((bytes + 255) / 256), 256), MemoryKind.Workspace, ElementType.UInt8);
}
