using System.Runtime.InteropServices;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Data.Weights;

namespace PixelNet.Native.Weights.Tests;

/// <summary>The image and the answers of <c>generate/generate.py</c>.</summary>
internal static class KnownAnswer
{
    /// <summary>What a right import stays below: PyTorch's answer is in double precision, the engine's in single.</summary>
    public const double Tolerance = 1e-5;

    /// <summary>conv5_3 [14,14,12].</summary>
    public const int Conv53 = 14 * 14 * 12;

    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Files", name);

    /// <summary>generate.py's image().</summary>
    public static byte[] Image()
    {
        var image = new byte[224 * 224 * 3];
        for (int y = 0, at = 0; y < 224; y++)
            for (int x = 0; x < 224; x++)
                foreach (int value in (ReadOnlySpan<int>)[3 * y + x * x / 64, 5 * x + y, 7 * y + 2 * x + x * y / 32]) image[at++] = (byte)value;
        return image;
    }

    public static float[] Read(string answer) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(PathOf($"answer_{answer}.f32"))).ToArray();

    /// <summary>The largest difference of conv5_3 and of fc7 (0 without dense layers), each relative to the answer's largest value.</summary>
    public static (double Conv53, double Fc7) Difference(PretrainedWeights weights, string answer, Action<VggClassifier, CpuBackend>? plant = null, byte[]? image = null)
    {
        using var backend = new CpuBackend(2);
        using var classifier = new VggClassifier(weights, backend);
        plant?.Invoke(classifier, backend);
        var (conv53, fc7) = classifier.Features(image ?? Image());
        float[] expected = Read(answer);
        return (Relative(expected.AsSpan(0, Conv53), conv53), fc7.Length == 0 ? 0 : Relative(expected.AsSpan(Conv53), fc7));
    }

    private static double Relative(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Xunit.Assert.Equal(expected.Length, actual.Length);
        double worst = 0, largest = 0;
        for (int i = 0; i < expected.Length; i++)
            (worst, largest) = (Math.Max(worst, Math.Abs((double)expected[i] - actual[i])), Math.Max(largest, Math.Abs(expected[i])));
        return worst / largest;
    }
}
