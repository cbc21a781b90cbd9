using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using PixelNet.Native.Training;
using TorchSharp;
using F = TorchSharp.torch.nn.functional;
using TorchTensor = TorchSharp.torch.Tensor;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>A workload that is ready to run.</summary>
/// <param name="Run">One iteration.</param>
/// <param name="Errors">Error of the last iteration, and of libtorch in float on the same numbers, against double (<see cref="Truth"/>); null where there is no such comparison.</param>
internal sealed record Prepared(Action Run, Func<(double Ours, double Torch)>? Errors = null);

/// <summary>The workloads on this project's CPU backend.</summary>
internal static class OurWork
{
    private static readonly ChannelTransform Preprocessing = new(false, 1 / 60f, 1 / 60f, 1 / 60f, -2, -2, -2);

    public static Prepared Prepare(Workload work, int threads)
    {
        var backend = new CpuBackend(threads);
        return work.Kind switch
        {
            "vgg-forward" => Forward(work, backend),
            "vgg-training" => Training(work, backend),
            "gather" => Gather(work, backend, backward: false),
            "gather-training" => Gather(work, backend, backward: true),
            "head" => Head(work, backend),
            "step" => Step(work, backend),
            "dense" => Dense(work, backend),
            "linear-forward" or "linear-input" or "linear-weight" => Linear(work, backend),
            _ => throw new PixelNetException($"no workload '{work.Kind}'"),
        };
    }

    private static PixelNetConfig Config(int[] head) => new() { Width = 1, Head = head, Classes = Workload.Classes, HeadKernel = HeadKernel.Auto };

    private static Prepared Forward(Workload work, CpuBackend backend)
    {
        var model = new PixelNetModel(Config([16]), backend, new(1, work.Height, work.Width), 1, ModelMode.Inference, Preprocessing);
        model.Allocate();
        model.Initialize(1);
        backend.Upload(model.Images, Pixels(model.Input));
        return new(model.ForwardTrunk, work.Large
            ? () => Truth.Errors(ImageWindow.Of(work.Height, work.Width), [.. model.Hypercolumn.Maps.Select((map, level) => (map, 1 << level))], (truth, window) =>
                [.. Truth.Taps(window.Crop(truth.Constant(model.Trunk.X)), truth.Parameters(model.Parameters)).Select((map, level) => window.InCrop(map, 1 << level))])
            : () => Truth.Errors([.. model.Hypercolumn.Maps], truth => Truth.Taps(truth.Constant(model.Trunk.X), truth.Parameters(model.Parameters))));
    }

    private static Prepared Training(Workload work, CpuBackend backend)
    {
        // The deepest map alone is tapped, so it alone sends a gradient.
        var model = new PixelNetModel(Config([16]) with { Taps = ["conv5_3"] }, backend, new(1, work.Height, work.Width), 1, ModelMode.Training, Preprocessing);
        model.Allocate();
        model.Initialize(1);
        backend.Upload(model.Images, Pixels(model.Input));
        return new(Run, () => Truth.Errors(TrunkGradients(model.Parameters), truth =>
        {
            var parameters = truth.Parameters(model.Parameters);
            Truth.Taps(truth.Constant(model.Trunk.X), parameters, lastRelu: false)[^1].sum().backward();
            return Gradients(parameters, "conv");
        }));

        void Run()
        {
            model.ForwardTrunk();
            model.ZeroGradients();
            backend.Fill(model.Trunk.Blocks[^1].Units[^1].DY!, 1);
            for (int b = model.Trunk.Blocks.Length - 1; b >= 0; b--)
            {
                var block = model.Trunk.Blocks[b];
                block.Pool?.Backward(backend);
                for (int u = block.Units.Length - 1; u >= 0; u--) block.Units[u].Backward(backend);
            }
            backend.ParametersChanged();
        }
    }

    private static Prepared Gather(Workload work, CpuBackend backend, bool backward)
    {
        int column = 0;
        HypercolumnLevel[] levels = [.. Workload.TapChannels.Select((channels, i) => new HypercolumnLevel(1, work.Height >> i, work.Width >> i, channels, 1 << i, (column += channels) - channels))];
        Tensor[] maps = [.. levels.Select(level => Random(backend, new Shape(level.N, level.H, level.W, level.C)))], gradients = [.. maps.Select(map => Random(backend, map.Shape))];
        var batch = new HostBatch(new(1, work.Height, work.Width), work.Count, levels);
        Sample(batch);
        Tensor Ints(int[] values)
        {
            var tensor = Tensor.Allocate(backend, "ints", new Shape(values.Length), ElementType.Int32);
            backend.Upload(tensor, MemoryMarshal.AsBytes<int>(values));
            return tensor;
        }
        Tensor x = Random(backend, new Shape(work.Count, column)), dX = Random(backend, x.Shape), samples = Ints(batch.Samples);
        CellList[] cells = [.. batch.Cells.Select(list =>
        {
            var weights = Tensor.Allocate(backend, "weights", new Shape(list.Weights.Length));
            backend.Upload(weights, MemoryMarshal.AsBytes<float>(list.Weights));
            return new CellList(Ints(list.Counts), Ints(list.Cells), Ints(list.Starts), Ints(list.Samples), weights);
        })];
        return new(Run, () => Truth.Errors(backward ? [x, .. gradients] : [x], truth =>
        {
            TorchTensor[] leaves = [.. maps.Select(truth.Leaf)];
            var columns = truth.Columns(leaves, batch.Samples);
            if (backward) columns.backward([truth.Constant(dX)]);
            return backward ? [columns, .. leaves.Select(leaf => leaf.grad!)] : [columns];
        }));

        void Run()
        {
            backend.HypercolumnForward(x, maps, samples, null, null, levels, work.Count);
            if (!backward) return;
            for (int l = 0; l < levels.Length; l++) backend.HypercolumnBackward(gradients[l], dX, cells[l], null, null, levels[l], work.Count, GradientMode.Overwrite);
        }
    }

    private static Prepared Head(Workload work, CpuBackend backend)
    {
        var plan = new MemoryPlan();
        var parameters = new ModelParameters(Config([Workload.HeadWidth, Workload.HeadWidth]), plan, gradients: true);
        var x = plan.Add("x", new Shape(work.Count, Workload.TapChannels.Sum()), MemoryKind.Activations);
        var dX = plan.Add("dx", x.Shape, MemoryKind.Activations);
        var targets = plan.Add("targets", new Shape(work.Count), MemoryKind.Inputs, ElementType.Int32);
        var state = plan.Add("state", new Shape(StepState.ByteLength), MemoryKind.Inputs, ElementType.UInt8);
        var head = new PixelHead(plan, parameters, x, dX, targets, ModelMode.Training);
        var requests = head.Ops.Select(op => op.Describe(backend)).ToArray();
        var workspace = plan.Add("workspace", new Shape(checked((int)requests.Max(request => request.WorkspaceBytes))), MemoryKind.Workspace, ElementType.UInt8);
        foreach (var op in head.Ops) op.Memory = new OpMemory { Workspace = workspace };
        plan.Allocate(backend);
        Fill(x.Span<float>());
        Fill(parameters.Values.Span<float>(), 0.02f);
        targets.Span<int>().Clear();
        state.Span<byte>().Clear();
        return new(Run, () => Truth.Errors([dX, .. parameters.All.Where(p => p.InHead).Select(p => p.Gradient!)], truth =>
        {
            var (leaf, weights) = (truth.Leaf(x), truth.Parameters(parameters));
            F.cross_entropy(Truth.Logits(leaf, weights), torch.zeros(work.Count, torch.int64)).backward();
            return [leaf.grad!, .. Gradients(weights, "head")];
        }));

        void Run()
        {
            head.Forward(backend, state);
            backend.Fill(parameters.Gradients!, 0);
            head.Backward(backend);
        }
    }

    private static Prepared Linear(Workload work, CpuBackend backend)
    {
        var sizes = new LinearSizes(work.Count, work.Height, work.Width);
        Tensor Of(params int[] shape) => Random(backend, new Shape(shape));
        Tensor x = Of(sizes.M, sizes.In), dx = Of(sizes.M, sizes.In), y = Of(sizes.M, sizes.Out), dy = Of(sizes.M, sizes.Out);
        Tensor w = Of(sizes.Out, sizes.In), dw = Of(sizes.Out, sizes.In), b = Of(sizes.Out), db = Of(sizes.Out);
        var memory = new OpMemory { Workspace = Of((int)(backend.Describe(sizes).WorkspaceBytes / sizeof(float))) };
        return new(work.Kind switch
        {
            "linear-forward" => () => backend.LinearForward(y, x, w, b, sizes, new LinearEpilogue(Relu: true), null, memory),
            "linear-input" => () => backend.LinearBackwardInput(dx, dy, w, x, 0, sizes, memory),
            _ => () => backend.LinearBackwardWeight(dw, db, dy, x, sizes, memory),
        });
    }

    private static Prepared Step(Workload work, CpuBackend backend)
    {
        var config = Config([Workload.HeadWidth, Workload.HeadWidth]) with { Dropout = 0 };
        var model = new PixelNetModel(config, backend, new(1, work.Height, work.Width), work.Count, ModelMode.Training, Preprocessing);
        var trainer = new Trainer(model, new TrainerOptions { Optimizer = OptimizerKind.SgdMomentum, LearningRate = 1e-4, Sgd = new SgdMomentumOptions(0.9f, 5e-4f) });
        model.Allocate();
        model.Initialize(1);
        var batch = new HostBatch(model.Input, work.Count, model.Levels);
        Pixels(model.Input).CopyTo(batch.Images, 0);
        Sample(batch);
        long step = 0;
        return new(() => trainer.Step(++step, batch), () =>
        {
            // The gradients of a step belong to the parameters in front of it.
            float[] before = model.Parameters.Values.Span<float>().ToArray();
            trainer.Step(++step, batch);
            before.CopyTo(model.Parameters.Values.Span<float>());
            return Truth.Errors([.. model.Parameters.All.Select(p => p.Gradient!)], truth =>
            {
                var parameters = truth.Parameters(model.Parameters);
                var columns = truth.Columns(Truth.Taps(truth.Constant(model.Trunk.X), parameters), batch.Samples);
                F.cross_entropy(Truth.Logits(columns, parameters), torch.tensor(batch.Targets).to(torch.int64)).backward();
                return Gradients(parameters, "");
            });
        });
    }

    private static Prepared Dense(Workload work, CpuBackend backend)
    {
        var parameters = ModelParameters.Plan(Config([work.Count, work.Count]));
        parameters.Allocate(backend);
        ParameterInitializer.Initialize(parameters, backend, 1);
        // MiB, as with --memory: maps in bands of rows, transformed filters kept as far as they fit.
        long limit = (work.Large, work.Count > 256) switch { (false, false) => 290, (false, true) => 395, (true, false) => 1000, (true, true) => 1130 };
        var predictor = new DensePredictor(parameters, backend, Preprocessing) { MemoryLimit = limit << 20 };
        byte[] image = Pixels(new(1, work.Height, work.Width)), labels = new byte[work.Height * work.Width];
        return new(() => predictor.Predict(image, work.Height, work.Width, labels, work.Height, work.Width), () =>
        {
            var probabilities = Tensor.Allocate(backend, "probabilities", new Shape(1, work.Height, work.Width, Workload.Classes));
            using var keeper = new DensePredictor(parameters, backend, Preprocessing, keepsProbabilities: true);
            keeper.Predict(image, work.Height, work.Width, labels, work.Height, work.Width);
            keeper.ReadProbabilities().CopyTo(probabilities.Span<float>());
            // The picture as the network sees it.
            var model = new PixelNetModel(parameters.Config, backend, new(1, work.Height, work.Width), 1, ModelMode.Inference, Preprocessing, parameters: parameters);
            model.Allocate();
            backend.Upload(model.Images, image);
            model.ForwardTrunk();
            if (work.Large)
                return Truth.Errors(ImageWindow.Of(work.Height, work.Width), [(probabilities, 1)], (truth, window) =>
                {
                    var weights = truth.Parameters(parameters);
                    var columns = truth.Columns(Truth.Taps(window.Crop(truth.Constant(model.Trunk.X)), weights), window.Samples());
                    return [F.softmax(Truth.Logits(columns, weights), 1).reshape(1, window.Height, window.Width, Workload.Classes)];
                });
            return Truth.Errors([probabilities], truth =>
            {
                using var mode = torch.no_grad();
                var weights = truth.Parameters(parameters);
                var maps = Truth.Taps(truth.Constant(model.Trunk.X), weights);
                var rows = Enumerable.Range(0, work.Height).Chunk(20).Select(band =>
                {
                    int[] samples = [.. band.SelectMany(y => Enumerable.Range(0, work.Width).SelectMany(x => new[] { 0, y, x }))];
                    using var scope = torch.NewDisposeScope();
                    return F.softmax(Truth.Logits(truth.Columns(maps, samples), weights), 1).MoveToOuterDisposeScope();
                });
                return [torch.cat([.. rows], 0)];
            });
        });
    }

    private static IReadOnlyList<Tensor> TrunkGradients(ModelParameters parameters) => [.. parameters.All.Where(p => !p.InHead).Select(p => p.Gradient!)];

    private static IReadOnlyList<TorchTensor> Gradients(Dictionary<string, TorchTensor> parameters, string prefix) =>
        [.. parameters.Where(p => p.Key.StartsWith(prefix, StringComparison.Ordinal)).Select(p => p.Value.grad!)];

    private static byte[] Pixels(in NormalizeSizes sizes)
    {
        var random = new PhiloxStream(1, RandomPurpose.Pixels, 0, 0);
        var pixels = new byte[sizes.N * sizes.H * sizes.W * 3];
        foreach (ref byte pixel in pixels.AsSpan()) pixel = (byte)random.NextInt(256);
        return pixels;
    }

    private static void Sample(HostBatch batch)
    {
        var random = new PhiloxStream(2, RandomPurpose.Pixels, 0, 0);
        // In raster order, as the sampler gives them.
        var pixels = new SortedSet<int>();
        while (pixels.Count < batch.SampleCount) pixels.Add(random.NextInt(batch.Sizes.H * batch.Sizes.W));
        foreach (var (m, pixel) in pixels.Index())
        {
            (batch.Samples[3 * m], batch.Samples[3 * m + 1], batch.Samples[3 * m + 2]) = (0, pixel / batch.Sizes.W, pixel % batch.Sizes.W);
            batch.Targets[m] = random.NextInt(Workload.Classes);
        }
        foreach (var cells in batch.Cells) cells.Build(batch.Samples);
    }

    private static Tensor Random(CpuBackend backend, Shape shape)
    {
        var tensor = Tensor.Allocate(backend, "random", shape);
        Fill(tensor.Span<float>());
        return tensor;
    }

    private static void Fill(Span<float> values, float scale = 1)
    {
        var random = new Random(3);
        foreach (ref float value in values) value = scale * (2 * random.NextSingle() - 1);
    }
}
