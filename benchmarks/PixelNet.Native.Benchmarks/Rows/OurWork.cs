using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using PixelNet.Native.Training;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>The workloads on this project's CPU backend.</summary>
internal static class OurWork
{
    private static readonly ChannelTransform Preprocessing = new(false, 1 / 60f, 1 / 60f, 1 / 60f, -2, -2, -2);

    public static Action Prepare(Workload work, int threads)
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
            _ => throw new PixelNetException($"no workload '{work.Kind}'"),
        };
    }

    private static PixelNetConfig Config(int[] head) => new() { Width = 1, Head = head, Classes = Workload.Classes, HeadKernel = HeadKernel.Auto };

    private static Action Forward(Workload work, CpuBackend backend)
    {
        var model = new PixelNetModel(Config([16]), backend, new(1, work.Height, work.Width), 1, ModelMode.Inference, Preprocessing);
        model.Allocate();
        model.Initialize(1);
        backend.Upload(model.Images, Pixels(model.Input));
        return model.ForwardTrunk;
    }

    private static Action Training(Workload work, CpuBackend backend)
    {
        // The deepest map alone is tapped, so it alone sends a gradient.
        var model = new PixelNetModel(Config([16]) with { Taps = ["conv5_3"] }, backend, new(1, work.Height, work.Width), 1, ModelMode.Training, Preprocessing);
        model.Allocate();
        model.Initialize(1);
        backend.Upload(model.Images, Pixels(model.Input));
        return () =>
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
        };
    }

    private static Action Gather(Workload work, CpuBackend backend, bool backward)
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
        return () =>
        {
            backend.HypercolumnForward(x, maps, samples, null, null, levels, work.Count);
            if (!backward) return;
            for (int l = 0; l < levels.Length; l++) backend.HypercolumnBackward(gradients[l], dX, cells[l], null, null, levels[l], work.Count, GradientMode.Overwrite);
        };
    }

    private static Action Head(Workload work, CpuBackend backend)
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
        return () =>
        {
            head.Forward(backend, state);
            backend.Fill(parameters.Gradients!, 0);
            head.Backward(backend);
        };
    }

    private static Action Step(Workload work, CpuBackend backend)
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
        return () => trainer.Step(++step, batch);
    }

    private static Action Dense(Workload work, CpuBackend backend)
    {
        var parameters = ModelParameters.Plan(Config([work.Count, work.Count]));
        parameters.Allocate(backend);
        ParameterInitializer.Initialize(parameters, backend, 1);
        var predictor = new DensePredictor(parameters, backend, Preprocessing);
        byte[] image = Pixels(new(1, work.Height, work.Width)), labels = new byte[work.Height * work.Width];
        return () => predictor.Predict(image, work.Height, work.Width, labels, work.Height, work.Width);
    }

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
