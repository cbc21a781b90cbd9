using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.KernelBench.Measurement;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.KernelBench.Rows;

// What only moves bytes.
internal sealed partial class BenchRows
{
    private IEnumerable<BenchRow> Elementwise()
    {
        int n = Pick(5, 2), size = Pick(224, 10), c = Pick(64, 8), rows = Pick(10000, 50), wide = Pick(4096, 48);
        var map = new Shape(n, size, size, c);
        string mapText = $"{n}x{size}x{size}x{c}";
        var image = new NormalizeSizes(n, size, size);
        yield return new("normalize", $"{n}x{size}x{size}x3", [NormalizeKernels.Forward], (memory, backend) =>
        {
            var pixels = new byte[n * size * size * 3];
            new Random(1).NextBytes(pixels);
            var (x, y) = (memory.Bytes8("x", pixels), memory.Output("y", new Shape(n, size, size, 3)));
            return (() => backend.NormalizeForward(y, x, image, new ChannelTransform(true, 0.02f, 0.02f, 0.02f, -2, -2, -2)), new Work(2.0 * y.Count, 5.0 * y.Count));
        });
        var pool = new MaxPool2dSizes(n, size, size, c);
        var pooled = new Shape(n, pool.P, pool.Q, c);
        yield return new("max pool forward", mapText, [MaxPool2dKernels.Forward], (memory, backend) =>
        {
            var (x, y, argmax) = (memory.Rectified("x", map), memory.Output("y", pooled), memory.Output("argmax", pooled, ElementType.UInt8));
            return (() => backend.MaxPool2dForward(y, argmax, x, pool), new Work(3.0 * y.Count, 4.0 * x.Count + 5.0 * y.Count));
        });
        yield return new("max pool backward", mapText, [MaxPool2dKernels.Backward], (memory, backend) =>
        {
            var (x, dy, dx) = (memory.Rectified("x", map), memory.Normal("dy", pooled), memory.Output("dx", map));
            var argmax = memory.Bytes8("argmax", [.. Enumerable.Range(0, (int)pooled.Count).Select(i => (byte)(i * 7 % 4))]);
            return (() => backend.MaxPool2dBackward(dx, dy, argmax.View("argmax", pooled), x, pool), new Work(0, 8.0 * x.Count + 5.0 * dy.Count));
        });
        var norm = new BatchNormSizes(n * size * size, c);
        yield return new("batch norm forward", mapText, [BatchNormKernels.ForwardStatistics, BatchNormKernels.ForwardFinish, BatchNormKernels.Forward], (memory, backend) =>
        {
            var (x, y, gamma, beta) = (memory.Normal("x", map), memory.Output("y", map), memory.Normal("gamma", new Shape(c)), memory.Normal("beta", new Shape(c)));
            var (mean, inverse, runningMean, runningVariance) = (memory.Output("mean", new Shape(c)), memory.Output("inverse", new Shape(c)), memory.State("running mean", new Shape(c)), memory.State("running variance", new Shape(c)));
            var op = OpMemory(memory, backend.Describe(norm));
            return (() => backend.BatchNormForward(y, mean, inverse, x, gamma, beta, runningMean, runningVariance, norm, BatchNormStatistics.Batch, 1e-5, 0.1, relu: true, op), new Work(8.0 * x.Count, 12.0 * x.Count));
        });
        yield return new("batch norm backward", mapText, [BatchNormKernels.BackwardSums, BatchNormKernels.BackwardFinish, BatchNormKernels.Backward], (memory, backend) =>
        {
            var (x, y, dy, dx, gamma) = (memory.Normal("x", map), memory.Rectified("y", map), memory.Normal("dy", map), memory.Output("dx", map), memory.Normal("gamma", new Shape(c)));
            var (mean, inverse) = (memory.Normal("mean", new Shape(c), 0.1), memory.Floats("inverse", [.. Enumerable.Repeat(1f, c)]));
            var (dgamma, dbeta, op) = (memory.Accumulated("dgamma", new Shape(c)), memory.Accumulated("dbeta", new Shape(c)), OpMemory(memory, backend.Describe(norm)));
            return (() => backend.BatchNormBackward(dx, dgamma, dbeta, dy, x, y, gamma, mean, inverse, norm, BatchNormStatistics.Batch, relu: true, op), new Work(10.0 * x.Count, 28.0 * x.Count));
        });
        var activations = new Shape(rows, wide);
        yield return new("dropout forward", $"{rows}x{wide}", [DropoutKernels.Forward], (memory, backend) =>
        {
            var (x, y, state) = (memory.Rectified("x", activations), memory.Output("y", activations), StepState(memory));
            return (() => backend.DropoutForward(y, x, 0.5f, 1, state), new Work(x.Count, 8.0 * x.Count));
        });
        yield return new("dropout backward", $"{rows}x{wide}", [DropoutKernels.Backward], (memory, backend) =>
        {
            var (y, dy, dx) = (memory.Rectified("y", activations), memory.Normal("dy", activations), memory.Output("dx", activations));
            return (() => backend.DropoutBackward(dx, dy, y, 0.5f), new Work(y.Count, 12.0 * y.Count));
        });
        foreach (var row in Softmax(rows)) yield return row;
        int height = Pick(1024, 12), width = Pick(2048, 20);
        var upsample = new UpsampleSizes(height / 2, width / 2, Classes, height, width);
        yield return new("upsample argmax", $"{height / 2}x{width / 2}x{Classes} -> {height}x{width}", [UpsampleArgmaxKernels.Forward], (memory, backend) =>
        {
            var (scores, labels) = (memory.Normal("scores", new Shape(height / 2, width / 2, Classes)), memory.Output("labels", new Shape(height, width), ElementType.UInt8));
            return (() => backend.UpsampleArgmaxForward(labels, scores, upsample), new Work(8.0 * height * width * Classes, scores.ByteLength + labels.ByteLength));
        });
        // One tile of dense prediction: layer 1 of 1024, projected at strides 4, 8 and 16.
        var tile = new GatherShape(1, Pick(1024, 32), Pick(2048, 48), Pick(8192, 20), 5, 1);
        int projected = Pick(1024, 24);
        HypercolumnLevel[] levels = [.. tile.Levels.Skip(2).Select(level => level with { C = projected, Column = 0 })];
        yield return new("hypercolumn sum", $"{tile.M} pixels, {levels.Length} maps of {projected} channels", [HypercolumnSumKernels.Forward], (memory, backend) =>
        {
            Tensor[] maps = [.. levels.Select((level, i) => memory.Normal($"map {i}", MapShape(level)))];
            var (samples, y) = (memory.Ints("samples", tile.Batch().Samples), memory.State("y", new Shape(tile.M, projected)));
            return (() => backend.HypercolumnSumForward(y, maps, samples, levels, tile.M, relu: true), new Work(8.0 * tile.M * projected * levels.Length, 2.0 * y.ByteLength, levels.Length * 16.0 * tile.M * projected));
        });
        int count = Pick(37_600_000, 3000);
        yield return new("fill", $"{count}", [FillKernels.Forward], (memory, backend) =>
        {
            var y = memory.Output("y", new Shape(count));
            return (() => backend.Fill(y, 0), new Work(0, 4.0 * count));
        });
    }

    private static IEnumerable<BenchRow> Softmax(int rows)
    {
        var sizes = new SoftmaxSizes(rows, Classes);
        Shape logits = new(rows, Classes);
        int[] targets = [.. Enumerable.Range(0, rows).Select(i => i % 20 == 7 ? 255 : i * 13 % Classes)];
        yield return new("softmax cross-entropy forward", $"{rows}x{Classes}", [SoftmaxCrossEntropyKernels.Forward], (memory, backend) =>
        {
            var (x, target, p, loss) = (memory.Normal("logits", logits), memory.Ints("targets", targets), memory.Output("probabilities", logits), memory.Output("loss", new Shape(3)));
            return (() => backend.SoftmaxCrossEntropyForward(loss, p, x, target, null, sizes), new Work(5.0 * x.Count, 8.0 * x.Count));
        });
        yield return new("softmax cross-entropy backward", $"{rows}x{Classes}", [SoftmaxCrossEntropyKernels.Backward], (memory, backend) =>
        {
            var (p, target, loss, dLogits) = (memory.Rectified("probabilities", logits), memory.Ints("targets", targets), memory.Floats("loss", [1, rows, 1]), memory.Output("dLogits", logits));
            return (() => backend.SoftmaxCrossEntropyBackward(dLogits, loss, p, target, null, sizes), new Work(2.0 * p.Count, 8.0 * p.Count));
        });
        yield return new("softmax cross-entropy forward+backward", $"{rows}x{Classes}", [], null)
        {
            Extras = [("softmax_cross_entropy_forward_backward_v1", (memory, backend, launcher) =>
            {
                var kernel = SoftmaxCrossEntropyKernels.ForwardBackward.Find("softmax_cross_entropy_forward_backward_v1")!;
                var (dLogits, x, target, loss) = (memory.Output("dLogits", logits), memory.Normal("logits", logits), memory.Ints("targets", targets), memory.Scratch("loss", 12)!);
                var (partials, ticket) = (memory.Scratch("partials", kernel.Shape(sizes).Grid.Count * SoftmaxCrossEntropyKernels.SumBytes)!, memory.Ints("ticket", [0]));
                return () => launcher.Launch(kernel, sizes, Address(loss), Address(dLogits), Address(x), Address(target), 0ul, KernelArgument.Value(sizes), Address(partials), Address(ticket));
            })],
        };
    }
}
