using System.IO.Enumeration;
using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

/// <summary>
/// Everything a network has learned or measured, by name, in declared order (trunk from the image on, then head). Learned tensors lie one behind the
/// other in one flat arena, so that an optimiser is one call; gradients, and the optimiser's moments, are laid out alike. Depends on the
/// configuration alone, so models for other image sizes share it.
/// </summary>
public sealed class ModelParameters : IDisposable
{
    // A tensor starts at a multiple of so many elements (256 bytes of floats); what lies between stays 0.
    private const int Alignment = 64;

    private readonly Dictionary<string, Parameter> _byName = [];
    private readonly Dictionary<string, Tensor> _statisticsByName = [];
    // Where the parameters are a plan of their own; null where they are part of a model's.
    private MemoryPlan? _ownPlan;

    /// <summary>Plans the tensors.</summary>
    /// <param name="config">The network.</param>
    /// <param name="plan">Where they are planned.</param>
    /// <param name="gradients">Whether gradients are planned too.</param>
    /// <param name="real">Float32 or, for the reference backend, Float64.</param>
    /// <exception cref="PixelNetException">The configuration is not valid, or a freeze pattern matches nothing.</exception>
    public ModelParameters(PixelNetConfig config, MemoryPlan plan, bool gradients, ElementType real = ElementType.Float32)
    {
        config.Validate();
        Config = config;
        var layout = Layout(config).ToList();
        long count = 0;
        var offsets = new long[layout.Count];
        for (int i = 0; i < layout.Count; i++)
        {
            offsets[i] = count;
            count += (layout[i].Shape.Count + Alignment - 1) / Alignment * Alignment;
        }
        if (count > Array.MaxLength)
            throw new PixelNetException($"The model cannot be built: {count:N0} parameters are more than one arena holds; make it narrower");
        Values = plan.Add("parameters", new Shape((int)count), MemoryKind.Parameters, real);
        if (gradients) Gradients = plan.Add("dparameters", new Shape((int)count), MemoryKind.ParameterGradients, real);
        for (int i = 0; i < layout.Count; i++)
        {
            var (name, shape, role, inHead) = layout[i];
            var (value, gradient) = (Values.View(name, shape, offsets[i]), Gradients?.View("d" + name, shape, offsets[i]));
            _byName.Add(name, new Parameter(name, value, gradient, offsets[i], role, inHead, IsFrozen(name)));
        }
        All = [.. _byName.Values];
        foreach (var (name, shape) in StatisticsLayout(config))
            _statisticsByName.Add(name, plan.Add(name, shape, MemoryKind.Parameters, real));
        Statistics = [.. _statisticsByName.Values];
        foreach (string pattern in config.Freeze)
            if (!All.Any(parameter => Matches(pattern, parameter.Name)) && !Statistics.Any(tensor => Matches(pattern, tensor.Name)))
                throw new PixelNetException($"The freeze pattern '{pattern}' matches no parameter of this model; names are such as '{All[0].Name}' and '{All[^1].Name}'");
    }

    /// <summary>Plans parameters, without gradients, in memory of their own: what is loaded once and predicts images of many sizes.</summary>
    /// <exception cref="PixelNetException">The configuration is not valid.</exception>
    public static ModelParameters Plan(PixelNetConfig config)
    {
        var plan = new MemoryPlan();
        return new ModelParameters(config, plan, gradients: false) { _ownPlan = plan };
    }

    /// <summary>Takes the memory of parameters from <see cref="Plan"/>.</summary>
    /// <exception cref="PixelNetException">There is not that much.</exception>
    public void Allocate(IBackend backend)
    {
        var plan = _ownPlan ?? throw new InvalidOperationException("these parameters are allocated with their model");
        try
        {
            plan.Allocate(backend);
        }
        catch (InsufficientMemoryException e)
        {
            plan.Dispose();
            throw new PixelNetException($"The network's parameters need {MemoryTable.MiB(plan.TotalBytes)}, which the {backend.Name} backend does not have ({e.Message})", e);
        }
    }

    /// <summary>Gives memory of their own back; parameters of a model go with the model.</summary>
    public void Dispose() => _ownPlan?.Dispose();

    /// <summary>The network that they belong to.</summary>
    public PixelNetConfig Config { get; }

    /// <summary>All learned numbers [P].</summary>
    public Tensor Values { get; }

    /// <summary>Their gradients [P]; null in inference.</summary>
    public Tensor? Gradients { get; }

    /// <summary>The learned tensors.</summary>
    public IReadOnlyList<Parameter> All { get; }

    /// <summary>Measured tensors: running means and variances of batch normalisation, <c>taps.mean</c> and <c>taps.inverse_deviation</c>.</summary>
    public IReadOnlyList<Tensor> Statistics { get; }

    /// <summary>Learned numbers, without the gaps of the arena.</summary>
    public long Count => All.Sum(parameter => parameter.Value.Count);

    /// <summary>The learned tensor of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Parameter this[string name] => _byName[name];

    /// <summary>The learned tensor of that name, or null.</summary>
    public Parameter? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The measured tensor of that name, or null.</summary>
    public Tensor? FindStatistic(string name) => _statisticsByName.GetValueOrDefault(name);

    /// <summary>Whether a freeze pattern matches the name.</summary>
    public bool IsFrozen(string name) => Config.Freeze.Any(pattern => Matches(pattern, name));

    /// <summary>The runs of parameters that learn, with their multipliers; weights alone decay.</summary>
    public IReadOnlyList<ParameterSegment> Segments(double trunkMultiplier, double headMultiplier, double biasMultiplier) =>
    [
        .. All.Where(parameter => !parameter.Frozen).Select(parameter => new ParameterSegment(parameter.Offset, parameter.Value.Count,
            (float)((parameter.InHead ? headMultiplier : trunkMultiplier) * (parameter.Role == ParameterRole.Bias ? biasMultiplier : 1)),
            parameter.Role == ParameterRole.Weight ? 1 : 0)),
    ];

    /// <summary>Names and shapes of the learned tensors.</summary>
    private static IEnumerable<(string Name, Shape Shape, ParameterRole Role, bool InHead)> Layout(PixelNetConfig config)
    {
        foreach (var convolution in Vgg16.Blocks(config).SelectMany(block => block.Convolutions))
        {
            var filters = new Shape(convolution.Out, convolution.Size, convolution.Size, convolution.In);
            yield return ($"{convolution.Name}.weight", filters, ParameterRole.Weight, false);
            if (!config.BatchNorm)
            {
                yield return ($"{convolution.Name}.bias", new Shape(convolution.Out), ParameterRole.Bias, false);
            }
            else if (config.BatchNormAffine)
            {
                yield return ($"{convolution.NormName}.weight", new Shape(convolution.Out), ParameterRole.NormScale, false);
                yield return ($"{convolution.NormName}.bias", new Shape(convolution.Out), ParameterRole.NormShift, false);
            }
        }
        int width = config.HypercolumnWidth;
        for (int i = 0; i <= config.Head.Count; i++)
        {
            int next = i == config.Head.Count ? config.Classes : config.Head[i];
            yield return ($"head.{i}.weight", new Shape(next, width), ParameterRole.Weight, true);
            yield return ($"head.{i}.bias", new Shape(next), ParameterRole.Bias, true);
            width = next;
        }
    }

    private static IEnumerable<(string Name, Shape Shape)> StatisticsLayout(PixelNetConfig config)
    {
        if (config.BatchNorm)
        {
            foreach (var convolution in Vgg16.Blocks(config).SelectMany(block => block.Convolutions))
            {
                yield return ($"{convolution.NormName}.running_mean", new Shape(convolution.Out));
                yield return ($"{convolution.NormName}.running_var", new Shape(convolution.Out));
            }
        }
        if (config.StandardizeTaps)
        {
            yield return ("taps.mean", new Shape(config.HypercolumnWidth));
            yield return ("taps.inverse_deviation", new Shape(config.HypercolumnWidth));
        }
    }

    private static bool Matches(string pattern, string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
}
