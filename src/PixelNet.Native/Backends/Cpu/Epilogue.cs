using System.Numerics;
using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// What happens to a value of a product on its way from the tile to memory: + bias, ReLU, dropout (forward), the mask of the ReLU and dropout
/// in front (input gradient), or the sum with what is there (weight gradient). Each part is off while its pointer or switch is.
/// </summary>
internal unsafe struct Epilogue
{
    /// <summary>Added per column.</summary>
    public float* Bias;

    /// <summary>Negative values become 0; a NaN stays one, so that a diverged run is seen.</summary>
    public bool Relu;

    /// <summary>Laid out as the destination: where it is not positive the result is 0, elsewhere it is scaled by <see cref="Scale"/>.</summary>
    public float* Activation;

    /// <summary>The result is added to the destination.</summary>
    public bool Accumulate;

    /// <summary>1/(1 - p) of the dropout, forward or in front.</summary>
    public float Scale;

    /// <summary>An element whose Philox word is below this becomes 0; 0 = no dropout.</summary>
    public uint DropThreshold;

    /// <summary>Philox counter and key of the dropout.</summary>
    public ulong Seed, Step;

    /// <summary>Philox stream of the layer.</summary>
    public int Stream;

    /// <summary>Whether it is bias and ReLU, or less.</summary>
    public readonly bool IsPlain => !Accumulate && Activation == null && DropThreshold == 0;

    /// <summary>
    /// destination[i] = f(source[i]), i below <paramref name="count"/>; the destination is element <paramref name="element"/>, column
    /// <paramref name="column"/> of its tensor.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Apply(float* destination, float* source, long element, int column, int count)
    {
        if (Accumulate) Add(destination, source, count);
        else if (Activation != null) Mask(destination, source, Activation + element, Scale, count);
        else AddBias(destination, source, Bias == null ? null : Bias + column, Relu, count);
        if (DropThreshold > 0) new DropoutMask(Seed, Step, Stream, DropThreshold, Scale).Apply(destination, (ulong)element, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(float* destination, float* source, int count)
    {
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count) (Vector.Load(destination + i) + Vector.Load(source + i)).Store(destination + i);
        for (; i < count; i++) destination[i] += source[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddBias(float* destination, float* source, float* bias, bool relu, int count)
    {
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            var v = Vector.Load(source + i);
            if (bias != null) v += Vector.Load(bias + i);
            if (relu) v = Vector.ConditionalSelect(Vector.LessThan(v, Vector<float>.Zero), Vector<float>.Zero, v);
            v.Store(destination + i);
        }
        for (; i < count; i++)
        {
            float v = bias == null ? source[i] : source[i] + bias[i];
            destination[i] = relu && v < 0 ? 0 : v;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mask(float* destination, float* source, float* activation, float scale, int count)
    {
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(activation + i), Vector<float>.Zero), Vector.Load(source + i) * scale, Vector<float>.Zero)
                .Store(destination + i);
        for (; i < count; i++) destination[i] = activation[i] > 0 ? source[i] * scale : 0;
    }
}
