using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

/// <summary>
/// First values of all parameters, from a seed. Each tensor draws from sequences of its own, keyed by its name, so another head or another number of
/// layers leaves the rest as it was; values are drawn in chunks with a sequence each, so threads do not matter.
/// </summary>
internal static class ParameterInitializer
{
    private const int Chunk = 1 << 16;
    private const int ChunksAtOnce = 16;

    /// <summary>Weights by the configuration's initialisers, scales and variances 1, everything else 0.</summary>
    public static void Initialize(ModelParameters parameters, IBackend backend, ulong seed)
    {
        backend.Fill(parameters.Values, 0);
        foreach (var parameter in parameters.All)
        {
            if (parameter.Role == ParameterRole.Weight) FillNormal(parameter, parameters.Config, backend, seed);
            else if (parameter.Role == ParameterRole.NormScale) backend.Fill(parameter.Value, 1);
        }
        foreach (var statistic in parameters.Statistics)
            backend.Fill(statistic, statistic.Name.EndsWith("mean", StringComparison.Ordinal) ? 0 : 1);
    }

    private static void FillNormal(Parameter parameter, PixelNetConfig config, IBackend backend, ulong seed)
    {
        var kind = parameter.InHead ? config.HeadInitializer : config.TrunkInitializer;
        double sigma = kind == WeightInitializer.He ? Math.Sqrt(2.0 / parameter.FanIn) : parameter.InHead ? 0.001 : 0.01;
        double limit = kind == WeightInitializer.Truncated ? 2 : double.PositiveInfinity;
        uint stream = Hash(parameter.Name);
        var value = parameter.Value;
        var numbers = new double[(int)Math.Min(value.Count, Chunk * ChunksAtOnce)];
        for (long start = 0; start < value.Count; start += numbers.Length)
        {
            int count = (int)Math.Min(numbers.Length, value.Count - start);
            long firstChunk = start / Chunk;
            Parallel.For(0, (count + Chunk - 1) / Chunk, chunk =>
            {
                var random = new PhiloxStream(seed, RandomPurpose.Initialization, stream, (uint)(firstChunk + chunk));
                foreach (ref double number in numbers.AsSpan(chunk * Chunk, Math.Min(Chunk, count - chunk * Chunk)))
                {
                    double normal = random.NextNormal();
                    while (Math.Abs(normal) > limit) normal = random.NextNormal();
                    number = sigma * normal;
                }
            });
            Upload(value.View(parameter.Name, new Shape(count), start), numbers.AsSpan(0, count), backend);
        }
    }

    private static void Upload(Tensor destination, ReadOnlySpan<double> numbers, IBackend backend)
    {
        if (destination.Type == ElementType.Float64)
        {
            backend.Upload(destination, MemoryMarshal.AsBytes(numbers));
            return;
        }
        var floats = new float[numbers.Length];
        for (int i = 0; i < floats.Length; i++) floats[i] = (float)numbers[i];
        backend.Upload(destination, MemoryMarshal.AsBytes<float>(floats));
    }

    /// <summary>FNV-1a of the name.</summary>
    private static uint Hash(string name)
    {
        uint hash = 2166136261;
        foreach (char c in name) hash = (hash ^ c) * 16777619;
        return hash;
    }
}
