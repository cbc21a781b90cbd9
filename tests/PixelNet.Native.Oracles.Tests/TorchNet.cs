using PixelNet.Native.Backends;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using TorchTensor = TorchSharp.torch.Tensor;

namespace PixelNet.Native.Oracles.Tests;

/// <summary>
/// PixelNet in libtorch, double precision, NCHW, written from the paper and not from the engine: convolutions, grid_sample at half-pixel centres with border padding for the hypercolumn,
/// dense layers, cross-entropy; gradients by autograd. With the engine it shares values alone: parameters, images, samples, targets, and the random words of the dropout.
/// </summary>
/// <param name="config">Which network.</param>
/// <param name="values">Learned and measured tensors by name, as the engine lays them out: filters [K,R,S,C], dense weights [Out,In].</param>
internal sealed class TorchNet(PixelNetConfig config, IReadOnlyDictionary<string, TorchTensor> values)
{
    private const int FirstDropoutStreamOfTrunk = 16;
    private static readonly int[] BlockDepths = [2, 2, 3, 3, 3, 2];

    /// <summary>The tensors by name; after <see cref="Train"/> with gradients and new running statistics.</summary>
    public IReadOnlyDictionary<string, TorchTensor> Values => values;

    /// <summary>How near the last pass came to a kink: the least |input| of a ReLU, and the least lead of a maximum over the next of its window, in units of the layer's root mean square.</summary>
    public double Margin { get; private set; } = double.PositiveInfinity;

    /// <summary>Runs forward and, in training, backward; gradients then lie in the tensors of <see cref="Values"/>, new running statistics replace the old.</summary>
    /// <returns>Logits [M,L] and the mean weighted loss.</returns>
    public (TorchTensor Logits, TorchTensor Loss) Train(HostBatch batch, ChannelTransform preprocessing, double[]? classWeights, in StepState step)
    {
        var taps = Trunk(Normalize(batch, preprocessing), training: true, step);
        var logits = Head(Hypercolumns(taps, batch.Samples), training: true, step);
        using var weights = classWeights is null ? null : torch.tensor(classWeights);
        long[] targets = [.. batch.Targets.Select(target => (uint)target < (uint)config.Classes ? target : 255L)];
        var loss = F.cross_entropy(logits, torch.tensor(targets), weights, ignore_index: 255);
        loss.backward();
        return (logits, loss);
    }

    /// <summary>Probabilities [H,W,L] of every pixel of the batch's only image.</summary>
    public TorchTensor Predict(HostBatch batch, ChannelTransform preprocessing)
    {
        using var _ = torch.no_grad();
        var (_, height, width) = batch.Sizes;
        int[] everywhere = [.. Enumerable.Range(0, height * width).SelectMany(p => new[] { 0, p / width, p % width })];
        var taps = Trunk(Normalize(batch, preprocessing), training: false, default);
        return Head(Hypercolumns(taps, everywhere), training: false, default).softmax(1).reshape(height, width, config.Classes);
    }

    private static TorchTensor Normalize(HostBatch batch, ChannelTransform t)
    {
        var image = torch.tensor(batch.Images).reshape(batch.Sizes.N, batch.Sizes.H, batch.Sizes.W, 3).to(torch.float64);
        if (t.ReverseChannels) image = image.flip(3);
        return (image * torch.tensor(new double[] { t.Gain0, t.Gain1, t.Gain2 }) + torch.tensor(new double[] { t.Offset0, t.Offset1, t.Offset2 })).permute(0, 3, 1, 2);
    }

    private List<(TorchTensor Map, int Stride)> Trunk(TorchTensor x, bool training, StepState step)
    {
        var taps = new List<(TorchTensor, int)>();
        for (int b = 0; taps.Count < config.Taps.Count; b++)
        {
            if (b > 0) x = MaxPool(x);
            for (int i = 0; i < BlockDepths[b]; i++)
            {
                string number = b < 5 ? $"{b + 1}_{i + 1}" : $"{6 + i}", name = (b < 5 ? "conv" : "fc") + number;
                var filters = values[$"{name}.weight"].permute(0, 3, 1, 2);
                int pad = (int)(filters.shape[2] - 1) / 2;
                x = F.conv2d(x, filters, values.GetValueOrDefault($"{name}.bias"), padding: [pad, pad]);
                if (config.BatchNorm) x = Norm(x, $"bn{number}", training);
                x = Relu(x);
                // The masks are numbered along [N,H,W,C].
                if (b == 5 && training) x = Dropout(x.permute(0, 2, 3, 1), FirstDropoutStreamOfTrunk + i, step).permute(0, 3, 1, 2);
                if (config.Taps.Contains(name)) taps.Add((x, 1 << b));
            }
        }
        return taps;
    }

    private TorchTensor Relu(TorchTensor x)
    {
        Approach(x.detach().abs(), x);
        return F.relu(x);
    }

    private TorchTensor MaxPool(TorchTensor x)
    {
        var windows = x.detach().unfold(2, 2, 2).unfold(3, 2, 2).flatten(4);
        var (largest, _) = windows.topk(2, dim: 4);
        var lead = largest[.., .., .., .., 0] - largest[.., .., .., .., 1];
        // Equal values, such as zeros behind a ReLU, come of equal sums, and stay equal in float: there the first one wins everywhere.
        Approach(lead.masked_select(lead > 0), x);
        return F.max_pool2d(x, kernel_size: 2, stride: 2);
    }

    private void Approach(TorchTensor distances, TorchTensor x)
    {
        if (distances.numel() > 0) Margin = Math.Min(Margin, (distances.min() / x.detach().square().mean().sqrt()).item<double>());
    }

    private TorchTensor Norm(TorchTensor x, string name, bool training) =>
        F.batch_norm(x, values[$"{name}.running_mean"], values[$"{name}.running_var"], values.GetValueOrDefault($"{name}.weight"), values.GetValueOrDefault($"{name}.bias"),
            training: training && !config.Freeze.Contains("bn*"), momentum: 0.1, eps: 1e-5);

    private TorchTensor Hypercolumns(List<(TorchTensor Map, int Stride)> taps, int[] samples)
    {
        // Image pixel p of a map of n cells at stride s, in grid_sample's units where the map's outer edges are -1 and 1.
        var levels = taps.Select(tap => SampleMap(tap.Map, tap.Stride, samples));
        var columns = torch.cat([.. levels], 1);
        return config.StandardizeTaps ? (columns - values["taps.mean"]) * values["taps.inverse_deviation"] : columns;
    }

    /// <summary>[M,C]: the bilinear values of a map [N,C,H,W] of a stride at samples (image, y, x), which come image by image.</summary>
    public static TorchTensor SampleMap(TorchTensor map, int stride, int[] samples)
    {
        double Grid(int p, long n) => (2.0 * p + 1) / (stride * n) - 1;
        var images = samples.Chunk(3).GroupBy(sample => sample[0]).Select(group =>
        {
            double[] grid = [.. group.SelectMany(sample => new[] { Grid(sample[2], map.shape[3]), Grid(sample[1], map.shape[2]) })];
            var points = torch.tensor(grid).reshape(1, grid.Length / 2, 1, 2);
            var image = map.narrow(0, group.Key, 1);
            return F.grid_sample(image, points, torch.GridSampleMode.Bilinear, torch.GridSamplePaddingMode.Border, align_corners: false)[0, .., .., 0].t();
        });
        return torch.cat([.. images], 0);
    }

    private TorchTensor Head(TorchTensor x, bool training, StepState step)
    {
        for (int i = 0; i <= config.Head.Count; i++)
        {
            x = F.linear(x, values[$"head.{i}.weight"], values[$"head.{i}.bias"]);
            if (i < config.Head.Count || config.ReluOnLogits) x = Relu(x);
            if (i < config.Head.Count && training) x = Dropout(x, i, step);
        }
        return x;
    }

    // Inverted dropout with the words that the design prescribes: element e is dropped where word e % 4 of block e / 4 lies below p * 2^32.
    private TorchTensor Dropout(TorchTensor x, int stream, StepState step)
    {
        if (config.Dropout == 0) return x;
        var mask = new double[x.numel()];
        for (int e = 0; e < mask.Length; e++)
        {
            var (x0, x1, x2, x3) = Philox.Dropout(step.Seed, step.Step, stream, (ulong)e / 4);
            uint word = (e % 4) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
            mask[e] = word < config.Dropout * 4294967296.0 ? 0 : 1 / (1 - (double)config.Dropout);
        }
        return x * torch.tensor(mask).reshape(x.shape);
    }
}
