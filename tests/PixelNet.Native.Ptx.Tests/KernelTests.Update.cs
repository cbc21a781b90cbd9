using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>Bytes to numbers, and what reads the step's state on the device: dropout and the optimisers.</summary>
public partial class KernelTests
{
    private static readonly StepState State = new() { Seed = 0x1234_5678_9ABC_DEF0, Step = (1UL << 32) + 5, LearningRate = 0.1f, AdamCorrection1 = 0.3f, AdamCorrection2 = 0.02f };

    private static readonly ParameterSegment[] Segments = [new(0, 70, 1, 1), new(70, 5, 2, 0), new(80, 33, 0, 1)];

    private const int P = 120; // elements 75-79 and 113-119 belong to no segment

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Normalize(int reverse)
    {
        byte[] x = [.. Enumerable.Range(0, 3 * 35).Select(i => (byte)((i * 37) % 256))];
        float[] gain = [0.5f, 0.25f, 2], offset = [1, -2, 3];
        int[] transform = [reverse, .. MemoryMarshal.Cast<float, int>([.. gain, .. offset]).ToArray()];
        var (y, _) = Run<float>("normalize", "normalize_forward_v1", 2, 64, x.Length, (d, o) => [o, Emulation.Upload(d, x), (long)x.Length, transform]);
        Assert.Equal(Enumerable.Range(0, x.Length).Select(i => (x[reverse == 1 ? i - (i % 3) + 2 - (i % 3) : i] * gain[i % 3]) + offset[i % 3]), y);
    }

    [Fact]
    public void Dropout()
    {
        const int count = 203;
        float[] x = Random(20, count), dy = Random(21, count);
        var (y, _) = Run<float>("dropout", "dropout_forward_v1", 1, 64, count, (d, o) =>
            [o, Emulation.Upload(d, x), (long)count, (int)Philox.DropoutThreshold(0.4f), 0.6f, 3, Emulation.Upload(d, State)]);
        int zeros = 0;
        for (int e = 0; e < count; e++)
        {
            var words = Philox.Dropout(State.Seed, State.Step, 3, (ulong)e / 4);
            uint word = (e % 4) switch { 0 => words.X0, 1 => words.X1, 2 => words.X2, _ => words.X3 };
            Assert.Equal(word < Philox.DropoutThreshold(0.4f) ? 0 : x[e] / 0.6f, y[e]);
            if (y[e] == 0) zeros++;
        }
        Assert.InRange(zeros, 50, 115);
        var (dx, _) = Run<float>("dropout", "dropout_backward_v1", 4, 64, count, (d, o) => [o, Emulation.Upload(d, dy), Emulation.Upload(d, y), (long)count, 0.6f]);
        Assert.Equal(Enumerable.Range(0, count).Select(e => y[e] > 0 ? dy[e] / 0.6f : 0), dx);
    }

    // Outputs of both arenas, one after the other in memory, so that the shared runner compares the bytes of all.
    [Theory]
    [InlineData("sgd_momentum", 2)]
    [InlineData("adam", 3)]
    public void OptimiserUpdates(string stem, int arenas)
    {
        float[] w = Random(22, P), g = Random(23, P), first = Random(24, P), second = [.. Random(25, P).Select(MathF.Abs)];
        float[] before = arenas == 2 ? [.. w, .. first] : [.. w, .. first, .. second];
        double[] expected = [.. before.Select(v => (double)v)];
        foreach (var s in Segments)
        {
            double lr = (double)State.LearningRate * s.LearningRateMultiplier, decay = (double)0.01f * s.DecayMultiplier;
            for (long i = s.Offset; i < s.Offset + s.Count; i++)
            {
                if (arenas == 2)
                {
                    expected[P + i] = ((double)0.9f * first[i]) + (lr * (g[i] + (decay * w[i])));
                    expected[i] = w[i] - expected[P + i];
                    continue;
                }
                double m = expected[P + i] = ((double)0.9f * first[i]) + ((1 - (double)0.9f) * g[i]);
                double v = expected[(2 * P) + i] = ((double)0.99f * second[i]) + ((1 - (double)0.99f) * g[i] * g[i]);
                expected[i] = w[i] - (lr * decay * w[i]) - (lr * (m / State.AdamCorrection1) / (Math.Sqrt(v / State.AdamCorrection2) + 1e-8f));
            }
        }
        var (got, _) = Run(stem, stem + "_update_v1", new Dim3(2, Segments.Length), 32, before.Length, (d, o) =>
        {
            ulong gradients = Emulation.Upload(d, g), segments = Emulation.Upload(d, Segments), state = Emulation.Upload(d, State);
            return arenas == 2 ? [o, o + (4 * P), gradients, segments, 0.9f, 0.01f, state]
                : [o, o + (4 * P), o + (8 * P), gradients, segments, MemoryMarshal.Cast<float, int>([0.9f, 0.99f, 1e-8f, 0.01f]).ToArray(), state];
        }, before);
        Close(expected, got);
        // What no segment names is untouched; multiplier 0 freezes (in Caffe's SGD only what has no velocity).
        Assert.Equal(w[75..80], got[75..80]);
        Assert.Equal(w[113..], got[113..P]);
        if (arenas == 3) Assert.Equal(w[80..113], got[80..113]);
    }
}
