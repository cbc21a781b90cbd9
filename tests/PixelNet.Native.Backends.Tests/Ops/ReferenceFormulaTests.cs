using System.Runtime.InteropServices;
using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Layers;
using PixelNet.Native.Tensors;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Ops;

/// <summary>The reference against numbers worked out by hand: what the truth itself rests on, besides the gradient check.</summary>
public sealed class ReferenceFormulaTests : IDisposable
{
    private static readonly OpMemory None = new();
    private readonly ReferenceBackend _backend = new();

    [Fact]
    public void Convolution_is_a_cross_correlation_with_zero_padding()
    {
        // A 2x3 image, one channel; the filter looks one to the right and adds ten times what lies below.
        Tensor x = Of([1, 2, 3, 4, 5, 6], 1, 2, 3, 1), w = Of([0, 0, 0, 0, 0, 1, 0, 10, 0], 1, 3, 3, 1), b = Of([0.5], 1), y = Of(new double[6], 1, 2, 3, 1);
        _backend.Conv2dForward(y, x, w, b, new(1, 2, 3, 1, 1, 3, 3, 1, 1), relu: false, None);
        Assert.Equal([42.5, 53.5, 60.5, 5.5, 6.5, 0.5], y.Span<double>());
    }

    [Fact]
    public void Pool_takes_the_first_of_equal_values_and_drops_an_odd_column()
    {
        Tensor x = Of([1, 7, 9, 7, 7, 9], 1, 2, 3, 1), y = Of([0], 1, 1, 1, 1), dx = Of(new double[6], 1, 2, 3, 1);
        var argmax = Tensor.Allocate(_backend, "argmax", new Shape(1, 1, 1, 1), ElementType.UInt8);
        _backend.MaxPool2dForward(y, argmax, x, new(1, 2, 3, 1));
        _backend.MaxPool2dBackward(dx, Of([3], 1, 1, 1, 1), argmax, null, new(1, 2, 3, 1));
        Assert.Equal([7], y.Span<double>());
        Assert.Equal([1], argmax.Span<byte>().ToArray());
        Assert.Equal([0, 3, 0, 0, 0, 0], dx.Span<double>());
    }

    [Fact]
    public void Batch_normalisation_uses_the_biased_variance_and_keeps_the_unbiased_one()
    {
        // mean 4, sum of squares 8: biased variance 8/4 = 2, unbiased 8/3.
        Tensor x = Of([2, 4, 4, 6], 4, 1), y = Of(new double[4], 4, 1), mean = Of([0], 1), inverse = Of([0], 1);
        Tensor runningMean = Of([10], 1), runningVariance = Of([1], 1);
        _backend.BatchNormForward(y, mean, inverse, x, Of([2], 1), Of([1], 1), runningMean, runningVariance,
            new(4, 1), BatchNormStatistics.Batch, epsilon: 0, momentum: 0.1, relu: false, None);
        AssertClose([1 - 2 * Math.Sqrt(2), 1, 1, 1 + 2 * Math.Sqrt(2)], y);
        AssertClose([4], mean);
        AssertClose([1 / Math.Sqrt(2)], inverse);
        AssertClose([9.4], runningMean);
        AssertClose([0.9 + 0.8 / 3], runningVariance);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void Hypercolumn_of_a_ramp_is_the_clamped_image_coordinate(int stride)
    {
        // Each cell holds the image coordinate of its centre, (i + 0.5)*stride - 0.5 (pixelnet.md 9, test hook c), in x and y.
        const int h = 16, w = 24;
        var level = new HypercolumnLevel(1, h / stride, w / stride, 2, stride, 0);
        var map = Of([.. Cells().SelectMany(cell => new[] { Centre(cell.Y), Centre(cell.X) })], 1, level.H, level.W, 2);
        var samples = Tensor.Allocate(_backend, "samples", new Shape(h * w, 3), ElementType.Int32);
        for (int m = 0; m < h * w; m++) (samples.Span<int>()[3 * m + 1], samples.Span<int>()[3 * m + 2]) = (m / w, m % w);
        var x = Of(new double[h * w * 2], h * w, 2);
        _backend.HypercolumnForward(x, [map], samples, null, null, [level], h * w);
        for (int m = 0; m < h * w; m++)
        {
            Assert.Equal(Math.Clamp(m / w, Centre(0), Centre(level.H - 1)), x.Span<double>()[2 * m], 1e-12);
            Assert.Equal(Math.Clamp(m % w, Centre(0), Centre(level.W - 1)), x.Span<double>()[2 * m + 1], 1e-12);
        }

        double Centre(int i) => (i + 0.5) * stride - 0.5;
        IEnumerable<(int Y, int X)> Cells() => Enumerable.Range(0, level.H * level.W).Select(i => (i / level.W, i % level.W));
    }

    [Fact]
    public void Loss_is_the_weighted_mean_of_valid_rows()
    {
        // Rows: p = (1/4, 3/4) with target 1, weight 3; (1/2, 1/2) with target 0, weight 1; ignored.
        Tensor logits = Of([0, Math.Log(3), 5, 5, 1, 2], 3, 2), weights = Of([1, 3], 2);
        Tensor p = Of(new double[6], 3, 2), loss = Of(new double[3], 3), dz = Of(new double[6], 3, 2);
        var targets = Tensor.Allocate(_backend, "targets", new Shape(3), ElementType.Int32);
        ((ReadOnlySpan<int>)[1, 0, 255]).CopyTo(targets.Span<int>());
        _backend.SoftmaxCrossEntropyForward(loss, p, logits, targets, weights, new(3, 2));
        _backend.SoftmaxCrossEntropyBackward(dz, loss, p, targets, weights, new(3, 2));
        AssertClose([(3 * Math.Log(4.0 / 3) + Math.Log(2)) / 4, 4, 2], loss);
        AssertClose([3.0 / 16, -3.0 / 16, -1.0 / 8, 1.0 / 8, 0, 0], dz);
    }

    [Fact]
    public void Dense_layer_multiplies_rows_by_rows()
    {
        Tensor x = Of([1, 2, 3, 4], 2, 2), w = Of([1, 0, 1, 1, -1, 0], 3, 2);
        Tensor y = Of(new double[6], 2, 3), dx = Of(new double[4], 2, 2), dw = Of(new double[6], 3, 2);
        _backend.LinearForward(y, x, w, Of([0, 10, 0], 3), new(2, 2, 3), new LinearEpilogue(Relu: true), null, None);
        Assert.Equal([1, 13, 0, 3, 17, 0], y.Span<double>());
        var dy = Of([1, 0, 0, 0, 2, 0], 2, 3);
        _backend.LinearBackwardInput(dx, dy, w, null, 0, new(2, 2, 3), None);
        _backend.LinearBackwardWeight(dw, null, dy, x, new(2, 2, 3), None);
        Assert.Equal([1, 0, 2, 2], dx.Span<double>());
        Assert.Equal([1, 2, 6, 8, 0, 0], dw.Span<double>());
    }

    [Fact]
    public void Optimisers_take_the_step_of_their_formula()
    {
        var step = Tensor.Allocate(_backend, "step", new Shape(StepState.ByteLength), ElementType.UInt8);
        // beta1 = beta2 = 1/2 at the first step: both corrections are 1/2.
        var state = new StepState { Step = 1, LearningRate = 0.5f, AdamCorrection1 = 0.5f, AdamCorrection2 = 0.5f };
        _backend.Upload(step, MemoryMarshal.AsBytes(new ReadOnlySpan<StepState>(in state)));
        ParameterSegment[] segments = [new(0, 1, 2, 1), new(1, 1, 1, 0)];

        // Rates 1 and 1/2; V = V/2 + rate*(g + decay*w).
        Tensor w = Of([4, 4, 4], 3), v = Of([1, 1, 1], 3), g = Of([3, 3, 3], 3);
        _backend.SgdMomentumUpdate(w, v, g, segments, new(0.5f, 0.25f), step);
        Assert.Equal([4.5, 2, 1], v.Span<double>());
        Assert.Equal([-0.5, 2, 4], w.Span<double>());

        // m = g/2, v = g^2/2; corrected g and g^2: w -= rate*decay*w + rate*g/(|g| + 1).
        Tensor aw = Of([4, 4, 4], 3), m = Of([0, 0, 0], 3), s = Of([0, 0, 0], 3);
        _backend.AdamUpdate(aw, m, s, g, segments, new(0.5f, 0.5f, 1, 0.25f), step);
        Assert.Equal([1.5, 1.5, 0], m.Span<double>());
        Assert.Equal([4.5, 4.5, 0], s.Span<double>());
        AssertClose([4 - 1 - 0.75, 4 - 0.375, 4], aw);
    }

    [Fact]
    public void Upsampling_puts_half_pixel_centres_on_each_other()
    {
        // One row of 2 cells to 4: weights of the second cell 0, 1/4, 3/4, 1; class 1 wins where it is above 1/2.
        var labels = Tensor.Allocate(_backend, "labels", new Shape(1, 4), ElementType.UInt8);
        _backend.UpsampleArgmaxForward(labels, Of([1, 0, 0, 1], 1, 2, 2), new(1, 2, 2, 1, 4));
        Assert.Equal([0, 0, 1, 1], labels.Span<byte>().ToArray());
    }

    [Fact]
    public void Bytes_are_reordered_scaled_and_shifted()
    {
        var x = Tensor.Allocate(_backend, "x", new Shape(1, 1, 1, 3), ElementType.UInt8);
        ((ReadOnlySpan<byte>)[10, 20, 255]).CopyTo(x.Span<byte>());
        var y = Of(new double[3], 1, 1, 1, 3);
        _backend.NormalizeForward(y, x, new(1, 1, 1), new ChannelTransform(true, 2, 1, 0.5f, 0, -20, 1));
        Assert.Equal([510, 0, 6], y.Span<double>());
    }

    [Fact]
    public void Model_constants_are_those_of_the_specification()
    {
        Assert.Equal(1e-5, BatchNorm.Epsilon);
        Assert.Equal(0.1, BatchNorm.Momentum);
    }

    public void Dispose() => _backend.Dispose();

    private static void AssertClose(double[] expected, Tensor actual)
    {
        Assert.Equal(expected.Length, (int)actual.Count);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual.Span<double>()[i], 1e-12);
    }

    private Tensor Of(double[] values, params int[] shape)
    {
        var tensor = Tensor.Allocate(_backend, "t", new Shape(shape), ElementType.Float64);
        values.CopyTo(tensor.Span<double>());
        return tensor;
    }
}
