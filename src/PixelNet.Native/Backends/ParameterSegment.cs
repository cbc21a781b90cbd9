namespace PixelNet.Native.Backends;

/// <summary>A run of parameters that share their multipliers; the optimiser walks a list of them over one arena.</summary>
/// <param name="Offset">First element, in the flat parameter tensor.</param>
/// <param name="Count">Number of elements.</param>
/// <param name="LearningRateMultiplier">Multiplies the step's learning rate; 0 freezes the segment.</param>
/// <param name="DecayMultiplier">Multiplies the weight decay; 0 for biases and batch-norm parameters.</param>
public readonly record struct ParameterSegment(long Offset, long Count, float LearningRateMultiplier, float DecayMultiplier);

/// <summary>Momentum SGD in Caffe's form (pixelnet.md 9): V = momentum*V + lr*(g + decay*w); w -= V.</summary>
public readonly record struct SgdMomentumOptions(float Momentum, float WeightDecay);

/// <summary>Adam with decoupled weight decay (pixelnet.md 9).</summary>
public readonly record struct AdamOptions(float Beta1, float Beta2, float Epsilon, float WeightDecay);

/// <summary>uint8 to float, per output channel c: y[c] = x[order[c]] * Gain[c] + Offset[c]; order is RGB or reversed.</summary>
public readonly record struct ChannelTransform(bool ReverseChannels, float Gain0, float Gain1, float Gain2, float Offset0, float Offset1, float Offset2)
{
    /// <summary>Gain of output channel <paramref name="c"/>.</summary>
    public float Gain(int c) => c == 0 ? Gain0 : c == 1 ? Gain1 : Gain2;

    /// <summary>Offset of output channel <paramref name="c"/>.</summary>
    public float Offset(int c) => c == 0 ? Offset0 : c == 1 ? Offset1 : Offset2;
}
