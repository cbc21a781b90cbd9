using PixelNet.Native.Oracles.Tests;
using TorchSharp;
using TorchSharp.Modules;
using F = TorchSharp.torch.nn.functional;
using TorchTensor = TorchSharp.torch.Tensor;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>The workloads in libtorch, eager, float, as its users write them; weights and images random.</summary>
internal static class TorchWork
{
    private const long BandFloats = 64L << 20;

    /// <summary>Loads libtorch; its loader is patched where the system's C++ library is old.</summary>
    public static void Load(int threads)
    {
        foreach (string folder in new[] { "", Path.Combine("runtimes", "linux-x64", "native") })
        {
            string library = Path.Combine(AppContext.BaseDirectory, folder, "libLibTorchSharp.so");
            if (File.Exists(library)) WeakVersionNeed.Mark(library, "GLIBCXX_3.4.32");
        }
        torch.InitializeDeviceType(DeviceType.CPU);
        torch.set_num_threads(threads);
        torch.random.manual_seed(1);
    }

    public static Action Prepare(Workload work, int threads, bool channelsLast)
    {
        Load(threads);
        bool training = work.Kind is "vgg-training" or "gather-training" or "head" or "step";
        var trunk = new Trunk(channelsLast, training && work.Kind != "head");
        var image = Layout(torch.randn(1, 3, work.Height, work.Width), channelsLast);
        switch (work.Kind)
        {
            case "vgg-forward":
                return Scoped(() => trunk.Taps(image));
            case "vgg-training":
                return Scoped(() =>
                {
                    trunk.ZeroGradients();
                    trunk.Taps(image)[^1].sum().backward();
                }, gradients: true);
            case "gather" or "gather-training":
                return Gather(work, channelsLast, work.Kind == "gather-training");
            case "head":
            {
                var head = new Head(Workload.HeadWidth);
                var x = torch.randn(work.Count, Workload.TapChannels.Sum()).requires_grad_();
                var targets = torch.zeros(work.Count, torch.int64);
                return Scoped(() =>
                {
                    head.ZeroGradients();
                    x.grad?.zero_();
                    F.cross_entropy(head.Logits(x), targets).backward();
                }, gradients: true);
            }
            case "step":
            {
                var head = new Head(Workload.HeadWidth);
                var (grids, targets) = (Grid(work), torch.randint(Workload.Classes, work.Count, dtype: torch.int64));
                var optimizer = torch.optim.SGD(trunk.Parameters.Concat(head.Parameters), 1e-4, 0.9, weight_decay: 5e-4);
                return Scoped(() =>
                {
                    optimizer.zero_grad();
                    F.cross_entropy(head.Logits(Columns(trunk.Taps(image), grids)), targets).backward();
                    optimizer.step();
                }, gradients: true);
            }
            case "linear-forward" or "linear-input" or "linear-weight":
                return Linear(work);
            case "dense":
            {
                var head = new Head(work.Count);
                return Scoped(() => Dense(trunk.Taps(image), head, work));
            }
            default:
                throw new PixelNetException($"no workload '{work.Kind}'");
        }
    }

    // The products that autograd makes, without the masks.
    private static Action Linear(Workload work)
    {
        var (x, dy, w, b) = (torch.randn(work.Count, work.Height), torch.randn(work.Count, work.Width), torch.randn(work.Width, work.Height), torch.randn(work.Width));
        return Scoped(() =>
        {
            if (work.Kind == "linear-forward") F.linear(x, w, b).relu_();
            else if (work.Kind == "linear-input") dy.mm(w);
            else
            {
                dy.t().mm(x);
                dy.sum(0);
            }
        });
    }

    private static Action Scoped(Action action, bool gradients = false) => () =>
    {
        using var scope = torch.NewDisposeScope();
        using var mode = gradients ? null : torch.no_grad();
        action();
    };

    private static TorchTensor Layout(TorchTensor x, bool channelsLast) => channelsLast ? x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : x;

    // Half-pixel centres in [-1,1]: align_corners=False.
    private static TorchTensor Grid(Workload work)
    {
        var pixels = torch.randperm(work.Height * (long)work.Width)[torch.TensorIndex.Slice(0, work.Count)].sort().Values;
        var y = (torch.floor_divide(pixels, work.Width).to(torch.float32) + 0.5f) / work.Height * 2 - 1;
        var x = (torch.remainder(pixels, work.Width).to(torch.float32) + 0.5f) / work.Width * 2 - 1;
        return torch.stack([x, y], -1).reshape(1, work.Count, 1, 2);
    }

    private static TorchTensor Columns(IReadOnlyList<TorchTensor> maps, TorchTensor grid) =>
        torch.cat([.. maps.Select(map => F.grid_sample(map, grid, torch.GridSampleMode.Bilinear, torch.GridSamplePaddingMode.Border, align_corners: false))], 1).squeeze(0).squeeze(-1).t().contiguous();

    private static Action Gather(Workload work, bool channelsLast, bool backward)
    {
        TorchTensor[] maps = [.. Workload.TapChannels.Select((channels, i) => Layout(torch.randn(1, channels, work.Height >> i, work.Width >> i), channelsLast).detach().requires_grad_(backward))];
        var (grid, dX) = (Grid(work), torch.randn(work.Count, Workload.TapChannels.Sum()));
        return Scoped(() =>
        {
            foreach (var map in maps) map.grad?.zero_();
            var x = Columns(maps, grid);
            if (backward) x.backward([dX]);
        }, backward);
    }

    // Upsample, concatenate, 1x1 convolutions, in bands of rows that fit; interpolation is local, so a band with a row of cells around it is exact.
    private static void Dense(IReadOnlyList<TorchTensor> maps, Head head, Workload work)
    {
        int rows = (int)Math.Max(16, BandFloats / (Workload.TapChannels.Sum() * (long)work.Width) / 16 * 16);
        var labels = new List<TorchTensor>();
        for (int first = 0; first < work.Height; first += rows)
        {
            using var scope = torch.NewDisposeScope();
            int count = Math.Min(rows, work.Height - first);
            var columns = new List<TorchTensor>();
            foreach (var (l, map) in maps.Index())
            {
                int stride = 1 << l;
                long cells = map.shape[2], from = Math.Max(first / stride - 1, 0), to = Math.Min((first + count + stride - 1) / stride + 1, cells);
                var band = map[.., .., (int)from..(int)to];
                var large = stride == 1 ? band : F.interpolate(band, scale_factor: [stride, stride], mode: torch.InterpolationMode.Bilinear, align_corners: false);
                int offset = first - (int)from * stride;
                large = large[.., .., offset..Math.Min(offset + count, (int)large.shape[2]), 0..Math.Min(work.Width, (int)large.shape[3])];
                // Beyond the last cell of an odd size the border continues.
                columns.Add(large.shape[2] == count && large.shape[3] == work.Width ? large
                    : F.pad(large, [0, work.Width - large.shape[3], 0, count - large.shape[2]], PaddingModes.Replicate));
            }
            labels.Add(head.Convolve(torch.cat(columns, 1)).argmax(1).to(torch.uint8).MoveToOuterDisposeScope());
        }
        torch.cat(labels, 1);
    }

    private sealed class Trunk
    {
        private readonly List<(Parameter Weight, Parameter Bias)> _convolutions = [];

        public Trunk(bool channelsLast, bool gradients)
        {
            int channels = 3;
            foreach (var (block, depth) in Workload.Depths.Index())
                for (int i = 0; i < depth; i++, channels = Workload.TapChannels[block])
                {
                    int k = Workload.TapChannels[block];
                    var weight = Layout(torch.randn(k, channels, 3, 3) * (float)Math.Sqrt(2.0 / (9 * channels)), channelsLast);
                    _convolutions.Add((new Parameter(weight, gradients), new Parameter(torch.zeros(k), gradients)));
                }
        }

        public IEnumerable<Parameter> Parameters => _convolutions.SelectMany(c => new[] { c.Weight, c.Bias });

        public void ZeroGradients()
        {
            foreach (var parameter in Parameters) parameter.grad?.zero_();
        }

        public List<TorchTensor> Taps(TorchTensor x)
        {
            var taps = new List<TorchTensor>();
            int c = 0;
            foreach (var (block, depth) in Workload.Depths.Index())
            {
                if (block > 0) x = F.max_pool2d(x, 2, 2);
                for (int i = 0; i < depth; i++, c++) x = F.conv2d(x, _convolutions[c].Weight, _convolutions[c].Bias, padding: [1, 1]).relu_();
                taps.Add(x);
            }
            return taps;
        }
    }

    private sealed class Head(int width)
    {
        private readonly (Parameter Weight, Parameter Bias)[] _layers =
            [Layer(Workload.TapChannels.Sum(), width), Layer(width, width), Layer(width, Workload.Classes)];

        public IEnumerable<Parameter> Parameters => _layers.SelectMany(layer => new[] { layer.Weight, layer.Bias });

        public void ZeroGradients()
        {
            foreach (var parameter in Parameters) parameter.grad?.zero_();
        }

        public TorchTensor Logits(TorchTensor x) => F.linear(F.linear(F.linear(x, _layers[0].Weight, _layers[0].Bias).relu_(), _layers[1].Weight, _layers[1].Bias).relu_(), _layers[2].Weight, _layers[2].Bias);

        public TorchTensor Convolve(TorchTensor x)
        {
            foreach (var (i, layer) in _layers.Index())
            {
                x = F.conv2d(x, layer.Weight.unsqueeze(-1).unsqueeze(-1), layer.Bias);
                if (i < 2) x = x.relu_();
            }
            return x;
        }

        private static (Parameter, Parameter) Layer(int from, int to) => (new Parameter(torch.randn(to, from) * (float)Math.Sqrt(2.0 / from), true), new Parameter(torch.zeros(to), true));
    }
}
