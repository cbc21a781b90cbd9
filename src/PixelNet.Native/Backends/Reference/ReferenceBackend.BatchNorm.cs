// Batch normalisation of each channel c over Rows = N*H*W positions i: x, y [Rows,C]; gamma, beta, means, deviations [C].
//
//   forward   mean = sum_i x[i]/Rows;  variance = sum_i (x[i] - mean)^2/Rows       (Batch; else the running ones)
//             s = 1/sqrt(variance + epsilon);  xhat = (x - mean)*s;  y = relu?(gamma*xhat + beta)
//             Batch: running = (1-momentum)*running + momentum*batch, the variance with Rows - 1 in place of Rows
//   backward  dz = dy where y > 0 (if relu), else 0
//             dbeta += sum_i dz[i];  dgamma += sum_i dz[i]*xhat[i]                   (not when Frozen)
//             dx = gamma*s*(dz - mean_i(dz) - xhat*mean_i(dz*xhat))                  (Batch)      dx = gamma*s*dz   (Running, Frozen)
//
// dx may be dy. Derivation: Layers/BatchNorm.cs. Fast twins: Cpu/CpuBackend.BatchNorm.cs, kernels/batch_norm.cu. Cases:
// Diagnostics/Cases/BatchNormCase.cs.
using System.Numerics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public OpMemoryRequest Describe(in BatchNormSizes sizes) => default;

    /// <inheritdoc/>
    public void BatchNormForward(Tensor y, Tensor savedMean, Tensor savedInverseDeviation, Tensor x, Tensor? gamma, Tensor? beta,
        Tensor runningMean, Tensor runningVariance, in BatchNormSizes sizes, BatchNormStatistics statistics,
        double epsilon, double momentum, bool relu, OpMemory memory)
    {
        if (IsDouble(y))
            BatchNormForward<double>(y, savedMean, savedInverseDeviation, x, gamma, beta, runningMean, runningVariance,
                sizes, statistics, epsilon, momentum, relu);
        else
            BatchNormForward<float>(y, savedMean, savedInverseDeviation, x, gamma, beta, runningMean, runningVariance,
                sizes, statistics, epsilon, momentum, relu);
    }

    /// <inheritdoc/>
    public void BatchNormBackward(Tensor dx, Tensor? dgamma, Tensor? dbeta, Tensor dy, Tensor x, Tensor y, Tensor? gamma,
        Tensor savedMean, Tensor savedInverseDeviation, in BatchNormSizes sizes, BatchNormStatistics statistics, bool relu, OpMemory memory)
    {
        if (IsDouble(dx)) BatchNormBackward<double>(dx, dgamma, dbeta, dy, x, y, gamma, savedMean, savedInverseDeviation, sizes, statistics, relu);
        else BatchNormBackward<float>(dx, dgamma, dbeta, dy, x, y, gamma, savedMean, savedInverseDeviation, sizes, statistics, relu);
    }

    private static void BatchNormForward<T>(Tensor output, Tensor savedMean, Tensor savedInverseDeviation, Tensor input, Tensor? scale, Tensor? shift,
        Tensor runningMean, Tensor runningVariance, BatchNormSizes z, BatchNormStatistics statistics, double epsilon, double momentum, bool relu)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        View<T> y = new(output, z.Rows, z.C), x = new(input, z.Rows, z.C), gamma = new(scale, z.C), beta = new(shift, z.C);
        View<T> usedMean = new(savedMean, z.C), usedInverse = new(savedInverseDeviation, z.C);
        View<T> runMean = new(runningMean, z.C), runVariance = new(runningVariance, z.C);
        T rows = Real<T>(z.Rows), share = Real<T>(momentum);
        for (int c = 0; c < z.C; c++)
        {
            T mean = runMean[c], variance = runVariance[c];
            if (statistics == BatchNormStatistics.Batch)
            {
                T sum = T.Zero, squares = T.Zero;
                for (int i = 0; i < z.Rows; i++) sum += x[i, c];
                mean = sum / rows;
                for (int i = 0; i < z.Rows; i++) squares += (x[i, c] - mean) * (x[i, c] - mean);
                variance = squares / rows;
                T unbiased = z.Rows > 1 ? squares / (rows - T.One) : variance;
                runMean[c] = (T.One - share) * runMean[c] + share * mean;
                runVariance[c] = (T.One - share) * runVariance[c] + share * unbiased;
            }
            T inverse = T.One / T.Sqrt(variance + Real<T>(epsilon));
            (usedMean[c], usedInverse[c]) = (mean, inverse);
            for (int i = 0; i < z.Rows; i++)
            {
                T xhat = (x[i, c] - mean) * inverse;
                T affine = (gamma.Exists ? gamma[c] : T.One) * xhat + (beta.Exists ? beta[c] : T.Zero);
                y[i, c] = relu ? Relu(affine) : affine;
            }
        }
    }

    private static void BatchNormBackward<T>(Tensor inputGradient, Tensor? scaleGradient, Tensor? shiftGradient, Tensor outputGradient, Tensor input,
        Tensor output, Tensor? scale, Tensor savedMean, Tensor savedInverseDeviation, BatchNormSizes z, BatchNormStatistics statistics, bool relu)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        View<T> dx = new(inputGradient, z.Rows, z.C), dy = new(outputGradient, z.Rows, z.C), x = new(input, z.Rows, z.C), y = new(output, z.Rows, z.C);
        View<T> dgamma = new(scaleGradient, z.C), dbeta = new(shiftGradient, z.C), gamma = new(scale, z.C);
        View<T> mean = new(savedMean, z.C), inverse = new(savedInverseDeviation, z.C);
        T rows = Real<T>(z.Rows);
        for (int c = 0; c < z.C; c++)
        {
            T sum = T.Zero, product = T.Zero;
            for (int i = 0; i < z.Rows; i++)
            {
                T xhat = (x[i, c] - mean[c]) * inverse[c], dz = !relu || y[i, c] > T.Zero ? dy[i, c] : T.Zero;
                sum += dz;
                product += dz * xhat;
            }
            if (dbeta.Exists && statistics != BatchNormStatistics.Frozen) dbeta[c] += sum;
            if (dgamma.Exists && statistics != BatchNormStatistics.Frozen) dgamma[c] += product;
            T factor = (gamma.Exists ? gamma[c] : T.One) * inverse[c];
            for (int i = 0; i < z.Rows; i++)
            {
                T xhat = (x[i, c] - mean[c]) * inverse[c], dz = !relu || y[i, c] > T.Zero ? dy[i, c] : T.Zero;
                dx[i, c] = statistics == BatchNormStatistics.Batch ? factor * (dz - sum / rows - xhat * (product / rows)) : factor * dz;
            }
        }
    }
}
