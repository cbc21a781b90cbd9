using PixelNet.Native.Backends;
using PixelNet.Native.Layers;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

/// <summary>
/// The classifier of a pixel: hypercolumn [M,D] -> hidden layers with ReLU and dropout -> probabilities [M,L] and loss. One <see cref="PixelMlp"/>
/// for narrow heads; else <see cref="Linear"/> by <see cref="Linear"/> and <see cref="SoftmaxCrossEntropy"/>. The two agree to rounding.
/// </summary>
public sealed class PixelHead
{
    private readonly PixelMlp? _fused;
    private readonly Linear[] _layers = [];
    private readonly SoftmaxCrossEntropy? _loss;
    // The 2018 defect: a ReLU on the logits, whose gradient is that of a dropout of 0.
    private readonly Dropout? _logitsMask;

    /// <summary>Plans the head's tensors.</summary>
    /// <param name="plan">The model's plan.</param>
    /// <param name="parameters">The model's parameters.</param>
    /// <param name="x">Input of the first layer [M,D].</param>
    /// <param name="dX">Its gradient; null where it is not wanted.</param>
    /// <param name="targets">Train ids, int32 [M].</param>
    /// <param name="mode">Training or inference.</param>
    /// <param name="first">First layer that this head has; those in front of it are somebody else's.</param>
    internal PixelHead(MemoryPlan plan, ModelParameters parameters, Tensor x, Tensor? dX, Tensor targets, ModelMode mode, int first = 0)
    {
        var config = parameters.Config;
        var real = x.Type;
        int[] widths = [.. config.Head.Skip(first)];
        int m = x.Shape[0], count = widths.Length;
        bool training = mode == ModelMode.Training;
        float dropout = training || config.DropoutAtTest ? config.Dropout : 0;
        var sizes = new PixelMlpSizes(m, x.Shape[1], widths, config.Classes);

        string prefix = first == 0 ? "" : $"from layer {first}: ";
        Tensor Add(string name, int width) => plan.Add(prefix + name, new Shape(m, width), MemoryKind.Activations, real);
        Parameter[] weights = [.. Enumerable.Range(0, count + 1).Select(i => parameters[$"head.{first + i}.weight"])];
        Parameter[] biases = [.. Enumerable.Range(0, count + 1).Select(i => parameters[$"head.{first + i}.bias"])];
        Tensor[] hidden = [.. widths.Select((width, i) => Add($"head.{first + i}", width))];
        Tensor[] dHidden = training ? [.. widths.Select((width, i) => Add($"dhead.{first + i}", width))] : [];
        Hidden = hidden;
        Loss = plan.Add(prefix + "loss", new Shape(3), MemoryKind.Activations, real);
        Probabilities = Add("probabilities", config.Classes);
        var dLogits = training ? Add("dlogits", config.Classes) : null;

        if (config.UsesFusedHead)
        {
            _fused = new PixelMlp
            {
                Name = "head",
                Sizes = sizes,
                X = x,
                Weights = [.. weights.Select(weight => weight.Value)],
                Biases = [.. biases.Select(bias => bias.Value)],
                Hidden = hidden,
                Probabilities = Probabilities,
                Loss = Loss,
                Targets = targets,
                Dropout = dropout,
                DX = dX,
                DWeights = training ? [.. weights.Select(weight => weight.Gradient!)] : [],
                DBiases = training ? [.. biases.Select(bias => bias.Gradient!)] : [],
                DHidden = dHidden,
                DLogits = dLogits,
            };
            return;
        }
        // A ReLU on the logits is masked by their sign, so they must outlive the softmax.
        var logits = config.ReluOnLogits && training ? Add("logits", config.Classes) : Probabilities;
        _layers = [.. Enumerable.Range(0, count + 1).Select(i => new Linear
        {
            Name = $"head.{first + i}",
            Sizes = sizes.Layer(i),
            X = i == 0 ? x : hidden[i - 1],
            Y = i == count ? logits : hidden[i],
            Weight = weights[i].Value,
            Bias = biases[i].Value,
            Epilogue = i == count ? new LinearEpilogue(config.ReluOnLogits) : new LinearEpilogue(Relu: true, dropout, first + i),
            DY = !training ? null : i == count ? dLogits : dHidden[i],
            DX = i == 0 ? dX : training ? dHidden[i - 1] : null,
            Activation = i == 0 ? null : hidden[i - 1],
            InputDropout = i == 0 ? 0 : dropout,
            DWeight = weights[i].Gradient,
            DBias = biases[i].Gradient,
        })];
        _loss = new SoftmaxCrossEntropy
        {
            Sizes = new SoftmaxSizes(m, config.Classes),
            Logits = logits,
            Probabilities = Probabilities,
            Loss = Loss,
            Targets = targets,
            DLogits = dLogits,
        };
        if (config.ReluOnLogits && training) _logitsMask = new Dropout { Y = logits, DY = dLogits, Probability = 0 };
    }

    /// <summary>Outputs of the hidden layers [M,width].</summary>
    public IReadOnlyList<Tensor> Hidden { get; }

    /// <summary>(mean loss, sum of the weights of valid rows, rows answered rightly) [3].</summary>
    public Tensor Loss { get; }

    /// <summary>Probabilities [M,L].</summary>
    public Tensor Probabilities { get; }

    /// <summary>Weight of each class [L]; null = 1.</summary>
    internal Tensor? ClassWeights
    {
        get => _fused is not null ? _fused.ClassWeights : _loss!.ClassWeights;
        set
        {
            if (_fused is not null) _fused.ClassWeights = value;
            else _loss!.ClassWeights = value;
        }
    }

    /// <summary>The ops that want memory.</summary>
    internal IEnumerable<IPlannedOp> Ops => _fused is not null ? [_fused] : _layers;

    /// <summary>Probabilities and loss from the hypercolumns.</summary>
    public void Forward(IBackend backend, Tensor stepState) => Forward(backend, Probabilities, stepState);

    /// <summary>The same with the probabilities elsewhere: a tile of a dense prediction.</summary>
    public void Forward(IBackend backend, Tensor probabilities, Tensor stepState)
    {
        if (_fused is not null)
        {
            _fused.Forward(backend, probabilities, stepState);
            return;
        }
        foreach (var layer in _layers) layer.Forward(backend, stepState);
        _loss!.Forward(backend, probabilities);
    }

    /// <summary>The forward's list reversed.</summary>
    public void Backward(IBackend backend)
    {
        if (_fused is not null)
        {
            _fused.Backward(backend);
            return;
        }
        _loss!.Backward(backend);
        _logitsMask?.Backward(backend);
        for (int i = _layers.Length - 1; i >= 0; i--) _layers[i].Backward(backend);
    }
}
