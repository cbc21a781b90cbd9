using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Training;

/// <summary>Finds where a NaN or an infinity came up: the first tensor that holds one, in the order in which the forward pass touches them, else
/// among the gradients.</summary>
internal static class NonFiniteSearch
{
    /// <summary>The tensor, or null.</summary>
    public static Tensor? First(PixelNetModel model) =>
        InForwardOrder(model).Concat(model.Parameters.All.Reverse().Select(parameter => parameter.Gradient).OfType<Tensor>())
            .FirstOrDefault(tensor => !IsFinite(tensor, model.Backend));

    /// <summary>Whether all elements are finite.</summary>
    public static bool IsFinite(Tensor tensor, IBackend backend)
    {
        var bytes = new byte[(int)Math.Min(tensor.ByteLength, 1 << 20)];
        for (long start = 0; start < tensor.ByteLength; start += bytes.Length)
        {
            int count = (int)Math.Min(bytes.Length, tensor.ByteLength - start);
            backend.Download(bytes.AsSpan(0, count), tensor.View(tensor.Name, new Shape(count), ElementType.UInt8, start));
            if (!IsFinite(bytes.AsSpan(0, count), tensor.Type)) return false;
        }
        return true;
    }

    /// <summary>Whether all numbers are finite.</summary>
    public static bool IsFinite(ReadOnlySpan<byte> bytes, ElementType type)
    {
        if (type == ElementType.Float64)
        {
            foreach (double value in MemoryMarshal.Cast<byte, double>(bytes))
                if (!double.IsFinite(value)) return false;
        }
        else
        {
            foreach (float value in MemoryMarshal.Cast<byte, float>(bytes))
                if (!float.IsFinite(value)) return false;
        }
        return true;
    }

    private static IEnumerable<Tensor> InForwardOrder(PixelNetModel model)
    {
        yield return model.Trunk.X;
        foreach (var unit in model.Trunk.Blocks.SelectMany(block => block.Units))
        {
            yield return unit.Convolution.Weight;
            if (unit.Convolution.Bias is { } bias) yield return bias;
            yield return unit.Convolution.Y;
            if (unit.Norm is not { } norm) continue;
            if (norm.Weight is not null) yield return norm.Weight;
            if (norm.Bias is not null) yield return norm.Bias;
            yield return norm.Y;
        }
        yield return model.Hypercolumn.X;
        for (int i = 0; i <= model.Config.Head.Count; i++)
        {
            yield return model.Parameters[$"head.{i}.weight"].Value;
            yield return model.Parameters[$"head.{i}.bias"].Value;
            yield return i < model.Config.Head.Count ? model.Head.Hidden[i] : model.Head.Probabilities;
        }
    }
}
