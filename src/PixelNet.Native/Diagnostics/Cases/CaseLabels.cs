using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Targets and class weights of the cases with a loss.</summary>
internal static class CaseLabels
{
    /// <summary>Targets, int32 [M].</summary>
    public static CaseTensor Targets(int m, int classes, CaseTargets kind)
    {
        void Fill(Span<double> values, ref PhiloxStream random)
        {
            ReadOnlySpan<int> ignored = [255, -1, classes];
            foreach (ref double value in values)
            {
                int valid = random.NextInt(classes), which = random.NextInt(9);
                value = kind == CaseTargets.AllIgnored || kind == CaseTargets.SomeIgnored && which < 3 ? ignored[which % 3] : valid;
            }
        }
        return new("targets", new Shape(m), CaseRole.Input) { Type = ElementType.Int32, Fill = Fill, Saved = true };
    }

    /// <summary>Class weights [L] in [0.25, 4); the last is 0 where there is more than one.</summary>
    public static CaseTensor Weights(int classes)
    {
        void Fill(Span<double> values, ref PhiloxStream random)
        {
            CaseFills.Uniform(0.25, 4)(values, ref random);
            if (classes > 1) values[^1] = 0;
        }
        return new("classWeights", new Shape(classes), CaseRole.Input) { Fill = Fill, Saved = true };
    }
}
