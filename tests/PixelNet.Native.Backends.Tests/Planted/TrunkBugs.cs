using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Tests.Planted;

// Mistakes in convolution, pooling and batch normalisation.
internal static class TrunkBugs
{
    public static IEnumerable<PlantedBug> All() =>
    [
        new BiasGradientMissing(), new BiasGradientAveraged(), new WeightGradientOverwritten(), new PadOffByOne(), new KernelNotFlipped(), new KernelChannelsNotExchanged(),
        new ReluMaskLetsZeroThrough(), new ActivationGradientAddedTo(), new ArgmaxOff(), new TiesAllGetTheGradient(), new DroppedRowOfThePoolNotZeroed(),
        new NormMaskFromTheInput(), new NormWithoutMeanTerm(), new NormWithoutVarianceTerm(), new NormGammaGradientOfTheRawInput(), new FrozenNormLearns(),
    ];

    private sealed class BiasGradientMissing() : PlantedBug("Conv2d", "db")
    {
        public override void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory) =>
            base.Conv2dBackwardWeight(dw, null, dy, x, sizes, memory);
    }

    private sealed class BiasGradientAveraged() : PlantedBug("Conv2d", "db")
    {
        public override void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory)
        {
            double[] before = db is null ? [] : Read(db);
            int positions = sizes.N * sizes.P * sizes.Q;
            base.Conv2dBackwardWeight(dw, db, dy, x, sizes, memory);
            if (db is null) return;
            double[] behind = Read(db);
            Write(db, k => before[k] + (behind[k] - before[k]) / positions);
        }
    }

    private sealed class WeightGradientOverwritten() : PlantedBug("Conv2d", "dw")
    {
        public override void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory)
        {
            Fill(dw, 0);
            base.Conv2dBackwardWeight(dw, db, dy, x, sizes, memory);
        }
    }

    // As a pad of one more on the left would be: every column is its left neighbour.
    private sealed class PadOffByOne() : PlantedBug("Conv2d", "dw")
    {
        public override void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory)
        {
            double[] values = Read(x);
            var (width, channels) = (sizes.W, sizes.C);
            base.Conv2dBackwardWeight(dw, db, dy, Changed(x, i => i / channels % width == 0 ? 0 : values[i - channels]), sizes, memory);
        }
    }

    private sealed class KernelNotFlipped() : PlantedBug("Conv2d", "dx")
    {
        public override void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory)
        {
            double[] values = Read(w);
            var (taps, channels) = (sizes.R * sizes.S, sizes.C);
            base.Conv2dBackwardInput(dx, dy, Changed(w, i => values[(i / channels / taps * taps + taps - 1 - i / channels % taps) * channels + i % channels]), activation, sizes, memory);
        }
    }

    private sealed class KernelChannelsNotExchanged() : PlantedBug("Conv2d", "dx")
    {
        public override void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory)
        {
            double[] values = Read(w);
            var (taps, filters, channels) = (sizes.R * sizes.S, sizes.K, sizes.C);
            // w[k,r,s,c] read as if it were stored [C,R,S,K].
            base.Conv2dBackwardInput(dx, dy, Changed(w, i => values[(i % channels * taps + i / channels % taps) * filters + i / channels / taps]), activation, sizes, memory);
        }
    }

    // activation >= 0, which every output of a ReLU is.
    private sealed class ReluMaskLetsZeroThrough() : PlantedBug("Conv2d", "dx")
    {
        public override void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory) =>
            base.Conv2dBackwardInput(dx, dy, w, null, sizes, memory);
    }

    private sealed class ActivationGradientAddedTo() : PlantedBug("Conv2d", "dx")
    {
        public override void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory)
        {
            double[] before = Read(dx);
            base.Conv2dBackwardInput(dx, dy, w, activation, sizes, memory);
            double[] own = Read(dx);
            Write(dx, i => before[i] + own[i]);
        }
    }

    private sealed class ArgmaxOff() : PlantedBug("MaxPool2d", "dx")
    {
        public override void MaxPool2dForward(Tensor y, Tensor argmax, Tensor x, in MaxPool2dSizes sizes)
        {
            base.MaxPool2dForward(y, argmax, x, sizes);
            foreach (ref byte position in argmax.Span<byte>()) position ^= 1;
        }
    }

    private sealed class TiesAllGetTheGradient() : PlantedBug("MaxPool2d", "dx")
    {
        private Tensor? _x, _y;

        public override void MaxPool2dForward(Tensor y, Tensor argmax, Tensor x, in MaxPool2dSizes sizes)
        {
            (_x, _y) = (x, y);
            base.MaxPool2dForward(y, argmax, x, sizes);
        }

        public override void MaxPool2dBackward(Tensor dx, Tensor dy, Tensor argmax, Tensor? activation, in MaxPool2dSizes sizes)
        {
            base.MaxPool2dBackward(dx, dy, argmax, activation, sizes);
            if (activation is not null) return;
            double[] x = Read(_x!), y = Read(_y!), gradient = Read(dy);
            var z = sizes;
            Write(dx, i =>
            {
                int c = i % z.C, column = i / z.C % z.W, row = i / z.C / z.W % z.H, n = i / z.C / z.W / z.H;
                int o = ((n * z.P + row / 2) * z.Q + column / 2) * z.C + c;
                return row / 2 < z.P && column / 2 < z.Q && x[i] == y[o] ? gradient[o] : 0;
            });
        }
    }

    private sealed class DroppedRowOfThePoolNotZeroed() : PlantedBug("MaxPool2d", "dx")
    {
        public override void MaxPool2dBackward(Tensor dx, Tensor dy, Tensor argmax, Tensor? activation, in MaxPool2dSizes sizes)
        {
            double[] before = Read(dx);
            base.MaxPool2dBackward(dx, dy, argmax, activation, sizes);
            double[] own = Read(dx);
            var z = sizes;
            Write(dx, i => i / z.C / z.W % z.H / 2 < z.P ? own[i] : before[i]);
        }
    }

    private sealed class NormMaskFromTheInput() : PlantedBug("BatchNorm", "dx", "dgamma", "dbeta")
    {
        public override void BatchNormBackward(Tensor dx, Tensor? dgamma, Tensor? dbeta, Tensor dy, Tensor x, Tensor y, Tensor? gamma, Tensor savedMean,
            Tensor savedInverseDeviation, in BatchNormSizes sizes, BatchNormStatistics statistics, bool relu, OpMemory memory) =>
            base.BatchNormBackward(dx, dgamma, dbeta, dy, x, x, gamma, savedMean, savedInverseDeviation, sizes, statistics, relu, memory);
    }

    private sealed class NormWithoutMeanTerm() : NormTermMissing
    {
        protected override double Term(double dz, double xhat, double meanDz, double meanProduct) => meanDz;
    }

    private sealed class NormWithoutVarianceTerm() : NormTermMissing
    {
        protected override double Term(double dz, double xhat, double meanDz, double meanProduct) => xhat * meanProduct;
    }

    private abstract class NormTermMissing() : PlantedBug("BatchNorm", "dx")
    {
        protected abstract double Term(double dz, double xhat, double meanDz, double meanProduct);

        public override void BatchNormBackward(Tensor dx, Tensor? dgamma, Tensor? dbeta, Tensor dy, Tensor x, Tensor y, Tensor? gamma, Tensor savedMean,
            Tensor savedInverseDeviation, in BatchNormSizes sizes, BatchNormStatistics statistics, bool relu, OpMemory memory)
        {
            double[] gradient = Read(dy), output = Read(y), input = Read(x), mean = Read(savedMean), inverse = Read(savedInverseDeviation);
            double[] scale = gamma is null ? [.. Enumerable.Repeat(1.0, sizes.C)] : Read(gamma);
            var (rows, channels) = (sizes.Rows, sizes.C);
            base.BatchNormBackward(dx, dgamma, dbeta, dy, x, y, gamma, savedMean, savedInverseDeviation, sizes, statistics, relu, memory);
            if (statistics != BatchNormStatistics.Batch) return;
            double Dz(int i) => !relu || output[i] > 0 ? gradient[i] : 0;
            double Xhat(int i) => (input[i] - mean[i % channels]) * inverse[i % channels];
            double[] own = Read(dx), meanDz = new double[channels], meanProduct = new double[channels];
            for (int i = 0; i < own.Length; i++)
            {
                meanDz[i % channels] += Dz(i) / rows;
                meanProduct[i % channels] += Dz(i) * Xhat(i) / rows;
            }
            Write(dx, i => own[i] + scale[i % channels] * inverse[i % channels] * Term(Dz(i), Xhat(i), meanDz[i % channels], meanProduct[i % channels]));
        }
    }

    private sealed class NormGammaGradientOfTheRawInput() : PlantedBug("BatchNorm", "dgamma")
    {
        public override void BatchNormBackward(Tensor dx, Tensor? dgamma, Tensor? dbeta, Tensor dy, Tensor x, Tensor y, Tensor? gamma, Tensor savedMean,
            Tensor savedInverseDeviation, in BatchNormSizes sizes, BatchNormStatistics statistics, bool relu, OpMemory memory)
        {
            double[] before = dgamma is null ? [] : Read(dgamma), inverse = Read(savedInverseDeviation);
            base.BatchNormBackward(dx, dgamma, dbeta, dy, x, y, gamma, savedMean, savedInverseDeviation, sizes, statistics, relu, memory);
            if (dgamma is null) return;
            double[] behind = Read(dgamma);
            Write(dgamma, c => before[c] + (behind[c] - before[c]) / inverse[c]);
        }
    }

    private sealed class FrozenNormLearns() : PlantedBug("BatchNorm", "dgamma", "dbeta")
    {
        public override void BatchNormBackward(Tensor dx, Tensor? dgamma, Tensor? dbeta, Tensor dy, Tensor x, Tensor y, Tensor? gamma, Tensor savedMean,
            Tensor savedInverseDeviation, in BatchNormSizes sizes, BatchNormStatistics statistics, bool relu, OpMemory memory) =>
            base.BatchNormBackward(dx, dgamma, dbeta, dy, x, y, gamma, savedMean, savedInverseDeviation, sizes,
                statistics == BatchNormStatistics.Frozen ? BatchNormStatistics.Running : statistics, relu, memory);
    }
}
