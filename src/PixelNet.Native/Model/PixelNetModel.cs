using PixelNet.Native.Backends;
using PixelNet.Native.Layers;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

/// <summary>
/// One PixelNet (Bansal et al., 2017) for one image size and number of sampled pixels: image -> VGG16 trunk -> hypercolumns of M pixels -> head ->
/// probabilities and loss. Every tensor is planned by the constructor; <see cref="Allocate"/> takes the memory, nothing is allocated afterwards.
/// Forward: PixelNetModel.Forward.cs; its list reversed: PixelNetModel.Backward.cs.
/// </summary>
/// <remarks>Order: new, then a <c>Trainer</c> if there is one (it plans its moments), <see cref="Allocate"/>, <see cref="Initialize"/> or a
/// checkpoint. One thread at a time.</remarks>
public sealed partial class PixelNetModel : IDisposable
{
    private readonly Normalize _normalize;
    private readonly Tensor _classWeights;
    private readonly BatchMemory _batch;

    /// <summary>Plans a model.</summary>
    /// <param name="config">The network.</param>
    /// <param name="backend">What computes; the caller disposes of it, after the model.</param>
    /// <param name="input">N, H, W of the images.</param>
    /// <param name="sampleCount">M: pixels of all images together.</param>
    /// <param name="mode">Training or inference.</param>
    /// <param name="preprocessing">Order, gains and offsets of the channels.</param>
    /// <param name="real">Float32; Float64 on the reference backend only.</param>
    /// <param name="parameters">Parameters of another model of the same configuration and backend, to share; null = own ones, in this plan.</param>
    /// <exception cref="PixelNetException">The configuration is not valid, or does not fit the image size.</exception>
    public PixelNetModel(PixelNetConfig config, IBackend backend, NormalizeSizes input, int sampleCount, ModelMode mode,
        ChannelTransform preprocessing, ElementType real = ElementType.Float32, ModelParameters? parameters = null)
    {
        if (input.N < 1 || sampleCount < 1)
            throw new PixelNetException($"A step needs at least one image and one pixel, not {input.N} and {sampleCount}");
        if (parameters is not null && parameters.Config.ToJson() != config.ToJson())
            throw new ArgumentException("the shared parameters are of another configuration");
        (Config, Backend, Input, SampleCount, Mode, Preprocessing, Real) = (config, backend, input, sampleCount, mode, preprocessing, real);
        Plan = new MemoryPlan();
        Parameters = parameters ?? new ModelParameters(config, Plan, gradients: mode == ModelMode.Training, real);
        bool training = mode == ModelMode.Training;

        StepState = Plan.Add("step", new Shape(Backends.StepState.ByteLength), MemoryKind.Inputs, ElementType.UInt8);
        _classWeights = Plan.Add("class_weights", new Shape(config.Classes), MemoryKind.Inputs, real);

        Trunk = TrunkBuilder.Build(Plan, Parameters, input, mode, real);
        _batch = new BatchMemory(Plan, backend, input, sampleCount, training ? Trunk.Levels : [], real);
        _normalize = new Normalize { X = Images, Y = Trunk.X, Sizes = input, Transform = preprocessing };
        var columns = new Shape(sampleCount, config.HypercolumnWidth);
        var taps = Trunk.TappedBlocks.Select(block => block.Units[^1]).ToArray();
        Hypercolumn = new Hypercolumn
        {
            Maps = [.. taps.Select(tap => tap.Y)],
            Levels = Trunk.Levels,
            Samples = Samples,
            X = Plan.Add("hypercolumns", columns, MemoryKind.Activations, real),
            Mean = Parameters.FindStatistic("taps.mean"),
            InverseDeviation = Parameters.FindStatistic("taps.inverse_deviation"),
            DX = training && Trunk.Learns ? Plan.Add("dhypercolumns", columns, MemoryKind.Activations, real) : null,
            DMaps = [.. taps.Select(tap => tap.DY)],
            Cells = _batch.Cells,
            Activations = [.. taps.Select(tap => tap.MasksItself ? null : tap.Y)],
        };
        Head = new PixelHead(Plan, Parameters, Hypercolumn.X, Hypercolumn.DX, Targets, mode);
        PlanOpMemory();
    }

    /// <summary>The network.</summary>
    public PixelNetConfig Config { get; }

    /// <summary>What computes.</summary>
    public IBackend Backend { get; }

    /// <summary>N, H, W of the images.</summary>
    public NormalizeSizes Input { get; }

    /// <summary>M: pixels of all images together.</summary>
    public int SampleCount { get; }

    /// <summary>Training or inference.</summary>
    public ModelMode Mode { get; }

    /// <summary>Order, gains and offsets of the channels.</summary>
    public ChannelTransform Preprocessing { get; }

    /// <summary>Float32 or Float64.</summary>
    public ElementType Real { get; }

    /// <summary>Every tensor of this model, the parameters too unless they are shared.</summary>
    public MemoryPlan Plan { get; }

    /// <summary>Learned and measured tensors by name.</summary>
    public ModelParameters Parameters { get; }

    /// <summary>The trunk.</summary>
    public Vgg16Trunk Trunk { get; }

    /// <summary>The gather.</summary>
    public Hypercolumn Hypercolumn { get; }

    /// <summary>The head.</summary>
    public PixelHead Head { get; }

    /// <summary>Sizes of the tapped maps: what a <c>HostBatch</c> is made with.</summary>
    public IReadOnlyList<HypercolumnLevel> Levels => Trunk.Levels;

    /// <summary>uint8 RGB [N,H,W,3].</summary>
    public Tensor Images => _batch.Images;

    /// <summary>(image, y, x), int32 [M,3].</summary>
    public Tensor Samples => _batch.Samples;

    /// <summary>Train ids, int32 [M].</summary>
    public Tensor Targets => _batch.Targets;

    /// <summary>The <see cref="Backends.StepState"/>, as bytes.</summary>
    public Tensor StepState { get; }

    /// <summary>Takes the planned memory.</summary>
    /// <exception cref="PixelNetException">There is not that much; the message gives the planned figure.</exception>
    public void Allocate()
    {
        try
        {
            Plan.Allocate(Backend);
        }
        catch (InsufficientMemoryException e)
        {
            Plan.Dispose();
            throw new PixelNetException($"The network needs {MemoryTable.MiB(Plan.TotalBytes)} for {Input.N} image(s) of {Input.W}x{Input.H} and "
                + $"{SampleCount} pixels, which the {Backend.Name} backend does not have ({e.Message}); take fewer or smaller images, or a narrower network", e);
        }
    }

    /// <summary>First values of all parameters and statistics, a pure function of seed and configuration.</summary>
    public void Initialize(ulong seed)
    {
        ParameterInitializer.Initialize(Parameters, Backend, seed);
        Backend.ParametersChanged();
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => Plan.Dispose();

    // One workspace of the largest size serves all ops; derived weights are each layer's own.
    private void PlanOpMemory()
    {
        IPlannedOp[] ops = [.. Trunk.Blocks.SelectMany(block => block.Units).SelectMany(unit => unit.Ops), .. Head.Ops];
        var requests = ops.Select(op => op.Describe(Backend)).Select(request => Mode == ModelMode.Training ? request : request.ForwardOnly).ToArray();
        Tensor? Bytes(string name, long bytes) => bytes == 0 ? null
            : Plan.Add(name, new Shape((int)((bytes + 255) / 256), 256), MemoryKind.Workspace, ElementType.UInt8);
        var workspace = Bytes("workspace", requests.Max(request => request.WorkspaceBytes));
        for (int i = 0; i < ops.Length; i++)
            ops[i].Memory = new OpMemory { Workspace = workspace, Derived = Bytes($"{ops[i].Name}.derived", requests[i].DerivedBytes) };
    }
}
