using PixelNet.Native.Backends;
using PixelNet.Native.Model;

namespace PixelNet.Native.KernelBench.Parts;

/// <summary>First values of parameters for contender after contender: drawing 174 million numbers takes seconds, so the first one's are the others' too.</summary>
internal static class FirstWeights
{
    /// <summary>Sets them.</summary>
    /// <param name="parameters">Of a network.</param>
    /// <param name="backend">Where they lie.</param>
    /// <param name="seed">Of the first ones.</param>
    /// <param name="weights">Those of the contender before; empty = none, and then what was drawn.</param>
    public static void Set(ModelParameters parameters, IBackend backend, ulong seed, ref byte[] weights)
    {
        if (weights.Length == 0 || parameters.Statistics.Count > 0)
        {
            ParameterInitializer.Initialize(parameters, backend, seed);
            weights = GC.AllocateUninitializedArray<byte>(checked((int)parameters.Values.ByteLength));
            backend.Download(weights, parameters.Values);
        }
        else
        {
            backend.Upload(parameters.Values, weights);
        }
        backend.ParametersChanged();
    }
}
