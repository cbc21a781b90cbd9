using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Data.Weights;

/// <summary>Puts the tensors of a <see cref="PretrainedWeights"/> into a network's trunk.</summary>
internal static class TrunkLoader
{
    /// <summary>For each parameter and statistic of the trunk the file's tensor of the same layer.</summary>
    /// <exception cref="PixelNetException">One is missing or of another shape.</exception>
    public static List<(VggTensor Tensor, Tensor Target)> Match(PretrainedWeights weights, ModelParameters parameters)
    {
        var (vgg, source) = (weights.Vgg, weights.Vgg.File.Source);
        if (vgg.BatchNorm != parameters.Config.BatchNorm)
            throw new PixelNetException(vgg.BatchNorm
                ? $"{source} is a VGG16 with batch normalisation and this network has none; set batch_norm to true, or take the weights without it"
                : $"{source} is a VGG16 without batch normalisation and this network has it; set batch_norm to false, or take vgg16_bn weights");
        if (vgg.BatchNorm && !parameters.Config.BatchNormAffine)
            throw new PixelNetException($"{source} has scales and shifts in its batch normalisation and this network has none; set batch_norm_affine to true");
        var targets = parameters.All.Where(parameter => !parameter.InHead).Select(parameter => parameter.Value)
            .Concat(parameters.Statistics.Where(statistic => statistic.Name.StartsWith("bn", StringComparison.Ordinal)));
        var pairs = new List<(VggTensor, Tensor)>();
        foreach (var target in targets)
        {
            var tensor = vgg.Find(target.Name) ?? throw new PixelNetException($"{source} does not fit this network: it has no '{target.Name}', which is {target.Shape} here"
                + (target.Name.StartsWith("fc", StringComparison.Ordinal) ? "; it was saved without its dense layers, so leave fc7 out of the taps or take the complete file" : ""));
            var view = InEngineOrder(tensor.View);
            if (!view.Shape.SequenceEqual(Enumerable.Range(0, target.Shape.Rank).Select(axis => (long)target.Shape[axis])))
                throw new PixelNetException($"{source} does not fit this network: '{target.Name}' is {view} there and {target.Shape} here; set the network's width to that of the weights");
            pairs.Add((tensor, target));
        }
        return pairs;
    }

    /// <summary>Copies one tensor; its bytes are read piece by piece.</summary>
    public static void Copy(PretrainedWeights weights, TensorReader reader, VggTensor tensor, Tensor target, IBackend backend)
    {
        string source = weights.Vgg.File.Source;
        float[] bias = tensor.Part == "running_mean" && weights.Vgg.Find($"conv{tensor.Layer[2..]}.bias") is { } before ? weights.Read(before) : [];
        long at = 0;
        float[] shifted = new float[bias.Length];
        reader.Read(tensor.Source, InEngineOrder(tensor.View), piece =>
        {
            foreach (float value in piece)
                if (!float.IsFinite(value)) throw new PixelNetException($"{source} holds a NaN or an infinity in tensor '{WeightFile.Shorten(tensor.Source.Name)}'; a network cannot start from it, fetch the file again");
            if (bias.Length > 0)
            {
                for (int i = 0; i < piece.Length; i++) shifted[i] = piece[i] - bias[at + i];
                piece = shifted.AsSpan(0, piece.Length);
            }
            Upload(backend, target, at, piece);
            at += piece.Length;
        });
    }

    private static void Upload(IBackend backend, Tensor target, long at, ReadOnlySpan<float> piece)
    {
        var part = target.View(target.Name, new Shape(piece.Length), at);
        if (target.Type == ElementType.Float32)
        {
            backend.Upload(part, MemoryMarshal.AsBytes(piece));
            return;
        }
        var doubles = new double[piece.Length];
        for (int i = 0; i < doubles.Length; i++) doubles[i] = piece[i];
        backend.Upload(part, MemoryMarshal.AsBytes<double>(doubles));
    }

    // [K,C,R,S] -> [K,R,S,C].
    private static StridedView InEngineOrder(StridedView view) => view.Rank == 4 ? view.Permute(0, 2, 3, 1) : view;
}
