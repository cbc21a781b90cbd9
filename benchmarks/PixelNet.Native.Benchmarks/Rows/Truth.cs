using PixelNet.Native.Model;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using TorchTensor = TorchSharp.torch.Tensor;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>
/// What a workload's numbers should be: the same inputs and weights through libtorch and its autograd, in double; and in float, which says what error the peer
/// has. All activations and filters go in as they lie here (NHWC, KRSC).
/// </summary>
internal sealed class Truth(torch.ScalarType type)
{
    /// <summary>
    /// ||a - truth|| / ||truth|| over all tensors together, of ours and of libtorch in float, each against <paramref name="compute"/> in double.
    /// </summary>
    public static (double Ours, double Torch) Errors(IReadOnlyList<Tensors.Tensor> ours, Func<Truth, IReadOnlyList<TorchTensor>> compute)
    {
        using var scope = torch.NewDisposeScope();
        var truth = compute(new Truth(torch.ScalarType.Float64));
        var torchs = compute(new Truth(torch.ScalarType.Float32));
        var mine = ours.Zip(truth, (tensor, t) => Values(tensor).reshape(t.shape)).ToList();
        return (Error(mine, truth), Error(torchs, truth));
    }

    /// <summary>The same over the windows of a large image, each computed from its crop.</summary>
    /// <param name="windows">The windows.</param>
    /// <param name="ours">Maps of the whole image, [1,h,w,C], and their strides.</param>
    /// <param name="compute">The same maps' windows, from the crop.</param>
    public static (double Ours, double Torch) Errors(IReadOnlyList<ImageWindow> windows, IReadOnlyList<(Tensors.Tensor Map, int Stride)> ours, Func<Truth, ImageWindow, IReadOnlyList<TorchTensor>> compute)
    {
        using var scope = torch.NewDisposeScope();
        using var mode = torch.no_grad();
        IReadOnlyList<TorchTensor> All(Truth truth) => [.. windows.SelectMany(window =>
        {
            using var inner = torch.NewDisposeScope();
            return compute(truth, window).Select(map => map.clone().MoveToOuterDisposeScope()).ToList();
        })];
        var truth = All(new Truth(torch.ScalarType.Float64));
        var torchs = All(new Truth(torch.ScalarType.Float32));
        var maps = ours.Select(map => (Values: Shaped(map.Map), map.Stride)).ToList();
        var mine = windows.SelectMany(window => maps.Select(map => window.InImage(map.Values, map.Stride))).ToList();
        return (Error(mine, truth), Error(torchs, truth));
    }

    /// <summary>A leaf that asks for its gradient.</summary>
    public TorchTensor Leaf(Tensors.Tensor tensor) => Shaped(tensor).to(type).requires_grad_();

    /// <summary>A constant.</summary>
    public TorchTensor Constant(Tensors.Tensor tensor) => Leaf(tensor).detach();

    /// <summary>All parameters by name.</summary>
    public Dictionary<string, TorchTensor> Parameters(ModelParameters parameters) => parameters.All.ToDictionary(parameter => parameter.Name, parameter => Leaf(parameter.Value));

    /// <summary>The five maps [1,H,W,C] of an image [1,H,W,3]; the last one optionally in front of its ReLU.</summary>
    public static IReadOnlyList<TorchTensor> Taps(TorchTensor image, IReadOnlyDictionary<string, TorchTensor> p, bool lastRelu = true)
    {
        var taps = new List<TorchTensor>();
        var x = image.permute(0, 3, 1, 2);
        foreach (var (block, depth) in Workload.Depths.Index())
        {
            if (block > 0) x = F.max_pool2d(x, 2, 2);
            for (int i = 1; i <= depth; i++)
            {
                string name = $"conv{block + 1}_{i}";
                x = F.conv2d(x, p[$"{name}.weight"].permute(0, 3, 1, 2), p[$"{name}.bias"], padding: [1, 1]);
                if (lastRelu || block < 4 || i < depth) x = x.relu();
            }
            taps.Add(x.permute(0, 2, 3, 1));
        }
        return taps;
    }

    /// <summary>Hypercolumns [M,D] at samples [M,3]: image pixel x sits at (x + 0.5)/stride - 0.5, clamped.</summary>
    public TorchTensor Columns(IEnumerable<TorchTensor> maps, int[] samples)
    {
        var at = torch.tensor(samples).reshape(-1, 3).to(type);
        var columns = new List<TorchTensor>();
        foreach (var (level, map) in maps.Index())
        {
            TorchTensor Side(int axis) => (at[.., 2 - axis] + 0.5) * (2.0 / (1 << level) / map.shape[2 - axis]) - 1;
            var grid = torch.stack([Side(0), Side(1)], -1).reshape(1, -1, 1, 2);
            columns.Add(F.grid_sample(map.permute(0, 3, 1, 2), grid, torch.GridSampleMode.Bilinear, torch.GridSamplePaddingMode.Border, align_corners: false).squeeze(0).squeeze(-1).t());
        }
        return torch.cat(columns, 1);
    }

    /// <summary>Scores [M,L] of the head.</summary>
    public static TorchTensor Logits(TorchTensor x, IReadOnlyDictionary<string, TorchTensor> p)
    {
        for (int i = 0; i < 3; i++)
        {
            x = F.linear(x, p[$"head.{i}.weight"], p[$"head.{i}.bias"]);
            if (i < 2) x = x.relu();
        }
        return x;
    }

    private static TorchTensor Shaped(Tensors.Tensor tensor) => Values(tensor).reshape([.. Enumerable.Range(0, tensor.Shape.Rank).Select(axis => (long)tensor.Shape[axis])]);

    private static TorchTensor Values(Tensors.Tensor tensor) => torch.tensor(tensor.Span<float>().ToArray());

    private static double Error(IReadOnlyList<TorchTensor> values, IReadOnlyList<TorchTensor> truth)
    {
        double error = 0, norm = 0;
        foreach (var (v, t) in values.Zip(truth))
        {
            error += (v.to(torch.ScalarType.Float64) - t).square().sum().item<double>();
            norm += t.square().sum().item<double>();
        }
        return Math.Sqrt(error / norm);
    }
}
