using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using TorchSharp;
using Xunit;

namespace PixelNet.Native.Oracles.Tests;

/// <summary>The one coordinate rule against grid_sample, forward and backward: every pixel of an image, corners and borders included.</summary>
public sealed class HypercolumnTests
{
    /// <summary>Image height and width, stride, channels, images: maps of one cell, divisible sizes, sizes that leave pixels beyond the last cell.</summary>
    public static TheoryData<int, int, int, int, int> Sizes => new()
    {
        { 7, 5, 1, 3, 2 }, { 1, 1, 1, 1, 1 }, { 1, 9, 1, 4, 1 }, { 8, 6, 2, 3, 1 }, { 9, 7, 2, 5, 2 }, { 2, 3, 2, 1, 1 }, { 16, 12, 4, 2, 1 }, { 19, 14, 4, 16, 3 },
        { 23, 31, 4, 17, 1 }, { 4, 7, 4, 3, 1 }, { 24, 40, 8, 8, 2 }, { 31, 47, 8, 3, 1 }, { 8, 15, 8, 33, 1 }, { 33, 49, 16, 4, 2 }, { 16, 31, 16, 3, 1 }, { 63, 32, 16, 2, 1 },
        { 64, 96, 32, 2, 1 }, { 71, 45, 32, 5, 2 }, { 32, 63, 32, 64, 1 }, { 97, 129, 32, 3, 1 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Equals_grid_sample(int height, int width, int stride, int channels, int images)
    {
        LibTorch.Require();
        using var scope = torch.NewDisposeScope();
        using var backend = new CpuBackend(2);
        var level = new HypercolumnLevel(images, height / stride, width / stride, channels, stride, 0);
        var random = new PhiloxStream(1, (uint)stride, (uint)height, (uint)width);
        int[] samples = [.. Enumerable.Range(0, images * height * width).SelectMany(p => new[] { p / (height * width), p / width % height, p % width })];
        int count = samples.Length / 3;
        float[] map = Draw(images * level.H * level.W * channels), gradient = Draw(count * channels), other = Draw(map.Length), deviation = Draw(channels);

        var (x, maps, dX, dMap) = (New("x", count, channels), New("map", images, level.H, level.W, channels), New("dX", count, channels), New("dMap", images, level.H, level.W, channels));
        var (where, inverse) = (Tensor.Allocate(backend, "samples", new Shape(count, 3), ElementType.Int32), New("inverse", channels));
        samples.CopyTo(where.Span<int>());
        map.CopyTo(maps.Span<float>());
        gradient.CopyTo(dX.Span<float>());
        deviation.CopyTo(inverse.Span<float>());
        backend.HypercolumnForward(x, [maps], where, New("mean", channels), inverse, [level], count);

        var torchMap = torch.tensor(Array.ConvertAll(map, v => (double)v)).reshape(images, level.H, level.W, channels).requires_grad_(true);
        var torchX = TorchNet.SampleMap(torchMap.permute(0, 3, 1, 2), stride, samples) * torch.tensor(Array.ConvertAll(deviation, v => (double)v));
        (torchX * torch.tensor(Array.ConvertAll(gradient, v => (double)v)).reshape(count, channels)).sum().backward();
        Assert.InRange(Numbers.Distance(Numbers.Read(backend, x), Numbers.Read(torchX)), 0, 2e-7);

        var host = new HostCellList(level, count);
        host.Build(samples);
        var cells = new CellList(Ints("counts", host.Counts), Ints("cells", host.Cells), Ints("starts", host.Starts), Ints("entries", host.Samples), New("weights", 4 * count));
        host.Weights.CopyTo(cells.Weights.Span<float>());
        double[] expected = Numbers.Read(torchMap.grad!);
        backend.Fill(dMap, double.NaN);
        backend.HypercolumnBackward(dMap, dX, cells, null, inverse, level, count, GradientMode.Overwrite);
        Assert.InRange(Numbers.Distance(Numbers.Read(backend, dMap), expected), 0, 5e-6);

        // On top of what the pool wrote, then the mask of the ReLU that made the map.
        other.CopyTo(dMap.Span<float>());
        backend.HypercolumnBackward(dMap, dX, cells, maps, inverse, level, count, GradientMode.Accumulate);
        for (int i = 0; i < expected.Length; i++) expected[i] = map[i] > 0 ? expected[i] + other[i] : 0;
        Assert.InRange(Numbers.Distance(Numbers.Read(backend, dMap), expected), 0, 5e-6);

        Tensor New(string name, params int[] extents) => Tensor.Allocate(backend, name, new Shape(extents));
        Tensor Ints(string name, int[] values)
        {
            var tensor = Tensor.Allocate(backend, name, new Shape(values.Length), ElementType.Int32);
            values.CopyTo(tensor.Span<int>());
            return tensor;
        }
        float[] Draw(int length)
        {
            var values = new float[length];
            foreach (ref float value in values.AsSpan()) value = (float)random.NextNormal();
            return values;
        }
    }
}
