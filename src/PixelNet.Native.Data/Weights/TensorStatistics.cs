using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PixelNet.Native.Data.Weights;

/// <summary>Figures of a tensor, gathered piece by piece; those of the values leave out what is not finite.</summary>
public sealed class TensorStatistics
{
    private double _sum, _squares;

    /// <summary>Numbers seen.</summary>
    public long Count { get; private set; }

    /// <summary>How many of them are NaN or infinite.</summary>
    public long NonFinite { get; private set; }

    /// <summary>The smallest; 0 where there is none.</summary>
    public float Min { get; private set; }

    /// <summary>The largest; 0 where there is none.</summary>
    public float Max { get; private set; }

    /// <summary>The mean.</summary>
    public double Mean => Finite == 0 ? 0 : _sum / Finite;

    /// <summary>The standard deviation.</summary>
    public double Deviation => Finite == 0 ? 0 : Math.Sqrt(Math.Max(0, _squares / Finite - Mean * Mean));

    private long Finite => Count - NonFinite;

    /// <summary>How many numbers are NaN or infinite: those whose eight bits of exponent are all set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long CountNonFinite(ReadOnlySpan<float> values)
    {
        const uint Exponent = 0x7F800000;
        var bits = MemoryMarshal.Cast<float, uint>(values);
        var vectors = MemoryMarshal.Cast<uint, Vector<uint>>(bits);
        var (mask, counts) = (new Vector<uint>(Exponent), Vector<uint>.Zero);
        // A comparison that holds is all ones, which is minus one.
        foreach (var vector in vectors) counts -= Vector.Equals(vector & mask, mask);
        long count = 0;
        for (int lane = 0; lane < Vector<uint>.Count; lane++) count += counts[lane];
        foreach (uint value in bits[(vectors.Length * Vector<uint>.Count)..])
            if ((value & Exponent) == Exponent) count++;
        return count;
    }

    /// <summary>Adds numbers.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        bool first = Finite == 0;
        double sum = 0, squares = 0;
        float min = first ? float.PositiveInfinity : Min, max = first ? float.NegativeInfinity : Max;
        long nonFinite = 0;
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                nonFinite++;
                continue;
            }
            sum += value;
            squares += (double)value * value;
            min = Math.Min(min, value);
            max = Math.Max(max, value);
        }
        Count += values.Length;
        NonFinite += nonFinite;
        (_sum, _squares) = (_sum + sum, _squares + squares);
        if (Finite > 0) (Min, Max) = (min, max);
    }
}
