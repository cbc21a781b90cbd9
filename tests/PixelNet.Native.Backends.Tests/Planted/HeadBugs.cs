using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Tests.Planted;

// Mistakes in hypercolumn, dense layers, dropout, loss and optimisers.
internal static class HeadBugs
{
    public static IEnumerable<PlantedBug> All() =>
    [
        new HalfPixelForgotten(), new ClampedPixelsCountedTwice(), new InverseDeviationForgotten(), new GatherBeforeThePool(), new UntouchedCellsNotZeroed(), new TapNotMasked(),
        new WeightNotTransposed(), new DropoutInFrontNotScaled(), new DropoutNotScaled(), new DropoutMaskOfAnotherStep(), new ClassWeightForgotten(), new ClassWeightForgottenInTheFusedHead(),
        new IgnoredRowsCounted(), new LossNotAveraged(), new IgnoredRowsGetAGradient(), new MomentumSignWrong(), new BiasesDecay(), new AdamWithoutCorrection(),
    ];

    // t = p/stride in place of (p + 0.5)/stride - 0.5, in the forward pass alone.
    private sealed class HalfPixelForgotten() : PlantedBug("Hypercolumn", "dMap")
    {
        public override void HypercolumnForward(Tensor x, IReadOnlyList<Tensor> maps, Tensor samples, Tensor? mean, Tensor? inverseDeviation, IReadOnlyList<HypercolumnLevel> levels, int sampleCount)
        {
            double[] columns = new double[x.Count], m = mean is null ? new double[x.Shape[1]] : Read(mean);
            double[] s = inverseDeviation is null ? [.. Enumerable.Repeat(1.0, x.Shape[1])] : Read(inverseDeviation);
            int width = x.Shape[1];
            foreach (var (level, map) in levels.Zip(maps.Select(Read)))
                for (int e = 0; e < sampleCount * level.C; e++)
                {
                    int sample = e / level.C, c = e % level.C, d = level.Column + c;
                    int[] at = samples.Span<int>().Slice(3 * sample, 3).ToArray();
                    double Cell(int y, int column) => map[((at[0] * level.H + y) * level.W + column) * level.C + c];
                    var (y0, y1, fy) = Between(at[1], level.Stride, level.H);
                    var (x0, x1, fx) = Between(at[2], level.Stride, level.W);
                    double h = (1 - fy) * ((1 - fx) * Cell(y0, x0) + fx * Cell(y0, x1)) + fy * ((1 - fx) * Cell(y1, x0) + fx * Cell(y1, x1));
                    columns[sample * width + d] = (h - m[d]) * s[d];
                }
            Write(x, i => columns[i]);
        }

        private static (int, int, double) Between(int p, int stride, int n)
        {
            double t = Math.Min((double)p / stride, n - 1);
            return ((int)t, Math.Min((int)t + 1, n - 1), t - (int)t);
        }
    }

    // At a border both corners are the same cell; one whole weight there must not become two.
    private sealed class ClampedPixelsCountedTwice() : PlantedBug("Hypercolumn", "dMap")
    {
        public override void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation, in HypercolumnLevel level, int sampleCount, GradientMode mode)
        {
            double[] weights = Read(cells.Weights);
            base.HypercolumnBackward(dMap, dX, cells with { Weights = Changed(cells.Weights, i => weights[i] == 1 ? 2 : weights[i]) }, activation, inverseDeviation, level, sampleCount, mode);
        }
    }

    private sealed class InverseDeviationForgotten() : PlantedBug("Hypercolumn", "dMap")
    {
        public override void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation, in HypercolumnLevel level, int sampleCount, GradientMode mode) =>
            base.HypercolumnBackward(dMap, dX, cells, activation, null, level, sampleCount, mode);
    }

    // The pool's backward comes second and overwrites what the gather has written; only the mask is left of the gather.
    private sealed class GatherBeforeThePool() : PlantedBug("Hypercolumn", "dMap")
    {
        public override void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation, in HypercolumnLevel level, int sampleCount, GradientMode mode) =>
            base.HypercolumnBackward(dMap, mode == GradientMode.Accumulate ? Changed(dX, _ => 0) : dX, cells, activation, inverseDeviation, level, sampleCount, mode);
    }

    private sealed class UntouchedCellsNotZeroed() : PlantedBug("Hypercolumn", "dMap")
    {
        public override void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation, in HypercolumnLevel level, int sampleCount, GradientMode mode)
        {
            double[] before = Read(dMap);
            int[] touched = cells.Cells.Span<int>()[..cells.Counts.Span<int>()[0]].ToArray();
            int channels = level.C;
            base.HypercolumnBackward(dMap, dX, cells, activation, inverseDeviation, level, sampleCount, mode);
            double[] own = Read(dMap);
            Write(dMap, i => touched.Contains(i / channels) ? own[i] : before[i]);
        }
    }

    private sealed class TapNotMasked() : PlantedBug("Hypercolumn", "dMap")
    {
        public override void HypercolumnBackward(Tensor dMap, Tensor dX, CellList cells, Tensor? activation, Tensor? inverseDeviation, in HypercolumnLevel level, int sampleCount, GradientMode mode) =>
            base.HypercolumnBackward(dMap, dX, cells, null, inverseDeviation, level, sampleCount, mode);
    }

    private sealed class WeightNotTransposed() : PlantedBug("Linear", "dx")
    {
        public override void LinearBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, float inputDropout, in LinearSizes sizes, OpMemory memory)
        {
            double[] values = Read(w);
            var (inputs, outputs) = (sizes.In, sizes.Out);
            base.LinearBackwardInput(dx, dy, Changed(w, i => values[i % inputs * outputs + i / inputs]), activation, inputDropout, sizes, memory);
        }
    }

    private sealed class DropoutInFrontNotScaled() : PlantedBug("Linear", "dx")
    {
        public override void LinearBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, float inputDropout, in LinearSizes sizes, OpMemory memory) =>
            base.LinearBackwardInput(dx, dy, w, activation, 0, sizes, memory);
    }

    private sealed class DropoutNotScaled() : PlantedBug("Dropout", "dx")
    {
        public override void DropoutBackward(Tensor dx, Tensor dy, Tensor y, float dropout) => base.DropoutBackward(dx, dy, y, 0);
    }

    // The mask is shifted by one element against the forward pass's.
    private sealed class DropoutMaskOfAnotherStep() : PlantedBug("Dropout", "dx")
    {
        public override void DropoutBackward(Tensor dx, Tensor dy, Tensor y, float dropout)
        {
            double[] output = Read(y);
            base.DropoutBackward(dx, dy, Changed(y, i => output[(i + 1) % output.Length]), dropout);
        }
    }

    private sealed class ClassWeightForgotten() : PlantedBug("SoftmaxCrossEntropy", "dLogits")
    {
        public override void SoftmaxCrossEntropyBackward(Tensor dLogits, Tensor loss, Tensor probabilities, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes) =>
            base.SoftmaxCrossEntropyBackward(dLogits, loss, probabilities, targets, null, sizes);
    }

    private sealed class ClassWeightForgottenInTheFusedHead() : PlantedBug("PixelMlp", "dw", "db", "dX")
    {
        public override void PixelMlpBackward(Tensor? dX, IReadOnlyList<Tensor> dw, IReadOnlyList<Tensor> db, IReadOnlyList<Tensor> dHidden, Tensor dLogits, Tensor loss, Tensor probabilities,
            IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w, Tensor targets, Tensor? classWeights, PixelMlpSizes sizes, float dropout, OpMemory memory) =>
            base.PixelMlpBackward(dX, dw, db, dHidden, dLogits, loss, probabilities, hidden, x, w, targets, null, sizes, dropout, memory);
    }

    // 1/M in place of 1/S: right only where no row is ignored and no class has a weight.
    private sealed class IgnoredRowsCounted() : PlantedBug("SoftmaxCrossEntropy", "dLogits")
    {
        public override void SoftmaxCrossEntropyBackward(Tensor dLogits, Tensor loss, Tensor probabilities, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes)
        {
            int rows = sizes.M;
            base.SoftmaxCrossEntropyBackward(dLogits, Changed(loss, _ => rows), probabilities, targets, classWeights, sizes);
        }
    }

    private sealed class LossNotAveraged() : PlantedBug("SoftmaxCrossEntropy", "dLogits")
    {
        public override void SoftmaxCrossEntropyBackward(Tensor dLogits, Tensor loss, Tensor probabilities, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes) =>
            base.SoftmaxCrossEntropyBackward(dLogits, Changed(loss, _ => 1), probabilities, targets, classWeights, sizes);
    }

    private sealed class IgnoredRowsGetAGradient() : PlantedBug("SoftmaxCrossEntropy", "dLogits")
    {
        public override void SoftmaxCrossEntropyBackward(Tensor dLogits, Tensor loss, Tensor probabilities, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes)
        {
            double[] p = Read(probabilities), s = Read(loss);
            var (width, ids) = (sizes.L, targets.Span<int>().ToArray());
            base.SoftmaxCrossEntropyBackward(dLogits, loss, probabilities, targets, classWeights, sizes);
            double[] own = Read(dLogits);
            Write(dLogits, i => (uint)ids[i / width] < (uint)width ? own[i] : p[i] / Math.Max(s[1], 1));
        }
    }

    private sealed class MomentumSignWrong() : PlantedBug("SgdMomentum", "w", "velocity")
    {
        public override void SgdMomentumUpdate(Tensor w, Tensor velocity, Tensor g, IReadOnlyList<ParameterSegment> segments, in SgdMomentumOptions options, Tensor stepState) =>
            base.SgdMomentumUpdate(w, velocity, g, segments, options with { Momentum = -options.Momentum }, stepState);
    }

    private sealed class BiasesDecay() : PlantedBug("SgdMomentum", "w", "velocity")
    {
        public override void SgdMomentumUpdate(Tensor w, Tensor velocity, Tensor g, IReadOnlyList<ParameterSegment> segments, in SgdMomentumOptions options, Tensor stepState) =>
            base.SgdMomentumUpdate(w, velocity, g, [.. segments.Select(segment => segment with { DecayMultiplier = 1 })], options, stepState);
    }

    private sealed class AdamWithoutCorrection() : PlantedBug("Adam", "w")
    {
        public override void AdamUpdate(Tensor w, Tensor m, Tensor v, Tensor g, IReadOnlyList<ParameterSegment> segments, in AdamOptions options, Tensor stepState)
        {
            byte[] state = stepState.Span<byte>().ToArray();
            var changed = Tensor.Allocate(Inner, "step", stepState.Shape, ElementType.UInt8);
            state.CopyTo(changed.Span<byte>());
            // AdamCorrection1 and 2 lie behind two words of 8 bytes and the learning rate.
            BitConverter.TryWriteBytes(changed.Span<byte>()[20..], 1f);
            BitConverter.TryWriteBytes(changed.Span<byte>()[24..], 1f);
            base.AdamUpdate(w, m, v, g, segments, options, changed);
        }
    }
}
