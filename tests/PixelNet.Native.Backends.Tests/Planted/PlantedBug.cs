using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Tests.Planted;

/// <summary>The reference with one mistake in it.</summary>
/// <param name="op">The op that has it.</param>
/// <param name="tensors">The tensors that come out wrong, without numbers: no other may be blamed.</param>
internal abstract class PlantedBug(string op, params string[] tensors) : DelegatingBackend
{
    public string Op => op;

    public bool Spoils(string tensor) => tensors.Contains(tensor.TrimEnd([.. "0123456789"]));

    /// <summary>The mistake in words: the class's name.</summary>
    public override string ToString() => string.Concat(GetType().Name.Select((c, i) => i > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{c}"));

    protected static double[] Read(Tensor tensor) =>
        tensor.Type == ElementType.Float64 ? tensor.Span<double>().ToArray() : Array.ConvertAll(tensor.Span<float>().ToArray(), value => (double)value);

    protected static void Write(Tensor tensor, Func<int, double> value)
    {
        for (int i = 0; i < tensor.Count; i++)
            if (tensor.Type == ElementType.Float64) tensor.Span<double>()[i] = value(i);
            else tensor.Span<float>()[i] = (float)value(i);
    }

    /// <summary>A tensor of the same shape and type with other values.</summary>
    protected Tensor Changed(Tensor tensor, Func<int, double> value)
    {
        var changed = Tensor.Allocate(Inner, tensor.Name, tensor.Shape, tensor.Type);
        Write(changed, value);
        return changed;
    }
}
