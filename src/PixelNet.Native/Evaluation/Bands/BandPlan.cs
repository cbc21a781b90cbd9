using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Evaluation;

/// <summary>What the nodes of a prediction in bands are planned with: its memory plan, the steps, and the memory of the ops.</summary>
/// <remarks>Two trunks may make the same layer; they share its derived weights.</remarks>
internal sealed class BandPlan(IBackend backend, ElementType real)
{
    private readonly OrderedDictionary<string, (Conv2dSizes? Whole, long Workspace, long Derived, long Bare)> _requests = [];
    private readonly Dictionary<string, OpMemory> _memories = [];
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
        var (_, workspace, derived, bare) = _requests.GetValueOrDefault(name);
        foreach (var request in requests)
        {
            workspace = Math.Max(workspace, request.ForwardOnly.WorkspaceBytes);
            derived = Math.Max(derived, request.DerivedBytes);
            bare = Math.Max(bare, Math.Max(request.BareBytes, request.DerivedBytes == 0 ? workspace : 0));
        }
        _requests[name] = (whole, workspace, derived, bare);
    }

    /// <summary>
    /// Plans what was asked for. Where <paramref name="mostBytes"/> are too few for the whole plan, the deepest layers keep no derived weights: they
    /// make them at every call, in the workspace. Shallow layers are called more often for an image, and theirs are small.
    /// </summary>
    public void PlanMemory(long mostBytes)
    {
        int kept = _requests.Count;
        while (kept > 0 && Plan.TotalBytes + WorkspaceBytes(kept) + _requests.Values.Take(kept).Sum(request => Rounded(request.Derived)) > mostBytes) kept--;
        _workspace = Bytes("workspace", WorkspaceBytes(kept));
        foreach (var (i, (name, request)) in _requests.Index())
            _memories.Add(name, new OpMemory { Workspace = _workspace, Derived = i < kept ? Bytes($"{name}.derived", request.Derived) : null, Whole = request.Whole });
    }

    /// <summary>The memory of a layer, after <see cref="PlanMemory"/>.</summary>
    public OpMemory MemoryOf(string name) => _memories[name];

    private long WorkspaceBytes(int kept) => Rounded(_requests.Values.Index().Max(request => request.Index < kept ? request.Item.Workspace : request.Item.Bare));

    private static long Rounded(long bytes) => (bytes + 255) / 256 * 256;

    private Tensor? Bytes(string name, long bytes) => bytes == 0 ? null
        : Plan.Add(name, new Shape((int)(Rounded(bytes) / 256), 256), MemoryKind.Workspace, ElementType.UInt8);
}
