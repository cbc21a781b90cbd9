using System.Runtime.InteropServices;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using PixelNet.Native.Training;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Cpu;

/// <summary>A whole training run, every op of the network in it, gives the same bytes on 1, 2 and 5 threads.</summary>
public sealed class ThreadCountTests
{
    private static readonly NormalizeSizes Input = new(2, 67, 45);
    private const int M = 700, Classes = 5, Steps = 3;

    public static TheoryData<bool, bool, OptimizerKind> Variants => new()
    {
        { true, true, OptimizerKind.Adam },
        { false, false, OptimizerKind.SgdMomentum },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Trained_parameters_are_the_same_bytes(bool batchNorm, bool fused, OptimizerKind optimizer)
    {
        var config = new PixelNetConfig
        {
            Width = 0.125,
            BatchNorm = batchNorm,
            Taps = PixelNetConfig.TapNames,
            Head = [40, 24],
            Classes = Classes,
            Dropout = 0.3f,
            HeadKernel = fused ? HeadKernel.Fused : HeadKernel.Composed,
        };
        byte[] expected = Train(config, optimizer, threads: 1);
        Assert.Equal(expected, Train(config, optimizer, threads: 1));
        Assert.Equal(expected, Train(config, optimizer, threads: 2));
        Assert.Equal(expected, Train(config, optimizer, threads: 5));
    }

    [Fact]
    public void The_passes_of_a_wide_layer_are_the_same_bytes()
    {
        byte[] expected = Layer(threads: 1);
        Assert.Equal(expected, Layer(threads: 2));
        Assert.Equal(expected, Layer(threads: 5));
    }

    private static byte[] Layer(int threads)
    {
        using var backend = new CpuBackend(threads);
        var sizes = new LinearSizes(2051, 650, 131);
        Tensor Random(uint purpose, params int[] shape)
        {
            var tensor = Tensor.Allocate(backend, "random", new Shape(shape));
            var stream = new PhiloxStream(3, purpose, 0, 0);
            foreach (ref float value in tensor.Span<float>()) value = (float)(2 * stream.NextDouble() - 1);
            return tensor;
        }
        Tensor x = Random(1, sizes.M, sizes.In), w = Random(2, sizes.Out, sizes.In), b = Random(3, sizes.Out), dy = Random(4, sizes.M, sizes.Out);
        Tensor y = Random(5, sizes.M, sizes.Out), dx = Random(6, sizes.M, sizes.In), dw = Random(7, sizes.Out, sizes.In), db = Random(8, sizes.Out);
        var memory = new OpMemory { Workspace = Random(9, (int)(backend.Describe(sizes).WorkspaceBytes / sizeof(float))) };
        backend.LinearForward(y, x, w, b, sizes, new LinearEpilogue(Relu: true), null, memory);
        backend.LinearBackwardInput(dx, dy, w, x, 0, sizes, memory);
        backend.LinearBackwardWeight(dw, db, dy, x, sizes, memory);
        byte[] bytes = [.. new[] { y, dx, dw, db }.SelectMany(tensor => MemoryMarshal.AsBytes(tensor.Span<float>()).ToArray())];
        foreach (var tensor in new[] { x, w, b, dy, y, dx, dw, db, memory.Workspace }) tensor.Buffer.Dispose();
        return bytes;
    }

    private static byte[] Train(PixelNetConfig config, OptimizerKind optimizer, int threads)
    {
        using var backend = new CpuBackend(threads);
        using var model = new PixelNetModel(config, backend, Input, M, ModelMode.Training, new ChannelTransform(true, 0.02f, 0.02f, 0.02f, -1, -1, -1));
        var trainer = new Trainer(model, new TrainerOptions { Optimizer = optimizer, Seed = 5 });
        model.Allocate();
        model.Initialize(seed: 9);
        var batch = new HostBatch(Input, M, model.Levels);
        for (int step = 1; step <= Steps; step++)
        {
            Fill(batch, (uint)step);
            Assert.True(double.IsFinite(trainer.Step(step, batch).Loss));
        }
        var tensors = trainer.Moments.Select(moment => moment.Value).Append(model.Parameters.Values).Append(model.Head.Loss).ToArray();
        var bytes = new byte[tensors.Sum(tensor => tensor.ByteLength)];
        int at = 0;
        foreach (var tensor in tensors)
        {
            backend.Download(bytes.AsSpan(at, (int)tensor.ByteLength), tensor);
            at += (int)tensor.ByteLength;
        }
        return bytes;
    }

    private static void Fill(HostBatch batch, uint step)
    {
        var random = new PhiloxStream(1, 2, step, 0);
        foreach (ref byte value in batch.Images.AsSpan()) value = (byte)random.NextInt(256);
        int pixels = Input.H * Input.W, perImage = M / Input.N;
        for (int m = 0; m < M; m++)
        {
            int pixel = m % perImage * (pixels / perImage);
            (batch.Samples[3 * m], batch.Samples[3 * m + 1], batch.Samples[3 * m + 2]) = (m / perImage, pixel / Input.W, pixel % Input.W);
            batch.Targets[m] = random.NextInt(20) == 0 ? 255 : random.NextInt(Classes);
        }
        foreach (var cells in batch.Cells) cells.Build(batch.Samples);
    }
}
