using PixelNet.Native.Backends;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;

namespace PixelNet.Native.Tests;

/// <summary>Small networks and batches. The toy task: four colours in patches of 8 pixels with noise; the class of a pixel is its patch's colour.</summary>
internal static class TinyNet
{
    public const int Classes = 4;

    public static readonly ChannelTransform Preprocessing = new(false, 1 / 64f, 1 / 64f, 1 / 64f, -2, -2, -2);

    public static PixelNetConfig Config(params string[] taps) => new()
    {
        Width = 1.0 / 8,
        BatchNorm = true,
        Taps = taps.Length > 0 ? taps : ["conv1_2", "conv2_2", "conv3_3"],
        Head = [16, 16],
        Classes = Classes,
    };

    public static PixelNetModel Model(PixelNetConfig config, IBackend backend, NormalizeSizes? input = null, int samples = 128, ModelMode mode = ModelMode.Training) =>
        new(config, backend, input ?? new NormalizeSizes(2, 32, 40), samples, mode, Preprocessing);

    /// <summary>The batch of a step: a pure function of its arguments.</summary>
    public static HostBatch Batch(PixelNetModel model, long step, ulong seed = 1)
    {
        var batch = new HostBatch(model.Input, model.SampleCount, model.Levels) { Step = step };
        Fill(batch, step, seed);
        return batch;
    }

    public static void Fill(HostBatch batch, long step, ulong seed = 1)
    {
        int height = batch.Sizes.H, width = batch.Sizes.W;
        ReadOnlySpan<byte> colours = [200, 40, 40, 40, 200, 40, 40, 40, 200, 160, 160, 40];
        Span<int> classes = stackalloc int[1024];
        var random = new PhiloxStream(seed, 0x7E57, (uint)step, 0);
        foreach (ref int c in classes) c = random.NextInt(Classes);
        int Patch(int n, int y, int x) => (n * 64 + y / 8 * 8 + x / 8) % 1024;
        for (int n = 0, i = 0; n < batch.Sizes.N; n++)
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                    for (int c = 0; c < 3; c++)
                        batch.Images[i++] = (byte)(colours[3 * classes[Patch(n, y, x)] + c] + random.NextInt(50));
        int images = batch.Sizes.N;
        for (int m = 0; m < batch.SampleCount; m++)
        {
            int n = m * images / batch.SampleCount, y = random.NextInt(height), x = random.NextInt(width);
            (batch.Samples[3 * m], batch.Samples[3 * m + 1], batch.Samples[3 * m + 2]) = (n, y, x);
            batch.Targets[m] = classes[Patch(n, y, x)];
        }
        foreach (var cells in batch.Cells) cells.Build(batch.Samples);
    }
}
