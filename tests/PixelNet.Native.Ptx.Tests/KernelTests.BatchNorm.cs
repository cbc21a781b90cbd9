using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>Batch normalisation with batch, running and frozen statistics, affine and not, with and without ReLU, in place.</summary>
public partial class KernelTests
{
    [Theory]
    [InlineData(70, 13, 16, true, true, true, 0)] // rows, channels, block width, batch statistics, affine, ReLU, mean of x
    [InlineData(203, 40, 32, true, true, true, 0)]
    [InlineData(203, 40, 32, true, false, false, 0)]
    [InlineData(130, 18, 16, true, true, true, 40)]
    [InlineData(1, 9, 8, true, true, true, 0)]
    [InlineData(45, 17, 16, false, true, true, 0)]
    [InlineData(45, 17, 16, false, false, false, 0)]
    public void BatchNorm(int rows, int c, int width, bool batch, bool affine, bool relu, float middle)
    {
        const float epsilon = 1e-5f, momentum = 0.1f;
        float[] x = [.. Random(40, rows * c).Select(v => v + middle)], dy = Random(41, rows * c), gamma = [.. Random(42, c).Select(v => 1.25f + v / 2)], beta = Random(43, c);
        float[] runningMean = [.. Random(44, c).Select(v => v + middle)], runningVariance = [.. Random(45, c).Select(v => 1.25f + v / 2)];
        float[] dgamma = Random(46, c), dbeta = Random(47, c);
        double[] y = new double[rows * c], dx = new double[rows * c], mean = new double[c], inverse = new double[c];
        double[] newMean = new double[c], newVariance = new double[c], newDGamma = new double[c], newDBeta = new double[c];
        for (int k = 0; k < c; k++)
        {
            double[] column = [.. Enumerable.Range(0, rows).Select(i => (double)x[(i * c) + k])];
            mean[k] = batch ? column.Average() : runningMean[k];
            double variance = batch ? column.Average(v => (v - mean[k]) * (v - mean[k])) : runningVariance[k];
            newMean[k] = batch ? (0.9 * runningMean[k]) + (0.1 * mean[k]) : runningMean[k];
            newVariance[k] = batch ? (0.9 * runningVariance[k]) + (0.1 * variance * (rows > 1 ? rows / (rows - 1.0) : 1)) : runningVariance[k];
            inverse[k] = 1 / Math.Sqrt(variance + epsilon);
            double scale = affine ? gamma[k] : 1, sum = 0, product = 0;
            double Z(int i) => (scale * (column[i] - mean[k]) * inverse[k]) + (affine ? beta[k] : 0);
            double Dz(int i) => !relu || Z(i) > 0 ? dy[(i * c) + k] : 0;
            for (int i = 0; i < rows; i++)
            {
                y[(i * c) + k] = relu ? Math.Max(Z(i), 0) : Z(i);
                sum += Dz(i);
                product += Dz(i) * (column[i] - mean[k]) * inverse[k];
            }
            newDGamma[k] = dgamma[k] + product;
            newDBeta[k] = dbeta[k] + sum;
            for (int i = 0; i < rows; i++)
                dx[(i * c) + k] = scale * inverse[k] * (batch ? Dz(i) - (sum / rows) - ((column[i] - mean[k]) * inverse[k] * product / rows) : Dz(i));
        }

        int[] sizes = [rows, c];
        int chunks = Math.Clamp(rows / 30, 1, 8), tiles = (c + width - 1) / width;
        var block = new Dim3(width, 256 / width);
        var (got, reports) = RunStages("batch_norm", s =>
        {
            ulong input = s.Upload(x), g = affine ? s.Upload(gamma) : 0, b = affine ? s.Upload(beta) : 0, partials = s.Device.Allocate(8L * chunks * c), scale = s.Device.Allocate(8L * c);
            ulong output = s.Output("y", rows * c), savedMean = s.Output("mean", c), savedInverse = s.Output("inverse", c);
            if (batch) s.Launch("batch_norm_forward_statistics_v1", new Dim3(tiles, chunks), block, 0, partials, input, sizes);
            s.Launch("batch_norm_forward_finish_v1", tiles, block, 0, savedMean, savedInverse, s.Output("runningMean", runningMean), s.Output("runningVariance", runningVariance),
                scale, partials, input, g, b, sizes, batch ? chunks : 0, epsilon, momentum);
            s.Launch("batch_norm_forward_v1", new Dim3(tiles, 3), block, 0, output, input, savedMean, scale, sizes, relu ? 1 : 0);
            // The gradient in place, and, where statistics are frozen, no sums.
            ulong gradient = s.Output("dx", dy), mask = relu ? output : 0, means = batch ? scale : 0;
            ulong dg = s.Output("dgamma", dgamma), db = s.Output("dbeta", dbeta);
            s.Launch("batch_norm_backward_sums_v1", new Dim3(tiles, chunks), block, 0, partials, gradient, input, mask, savedMean, savedInverse, sizes);
            s.Launch("batch_norm_backward_finish_v1", tiles, block, 0, affine ? dg : 0, affine ? db : 0, means, partials, savedInverse, sizes, chunks);
            s.Launch("batch_norm_backward_v1", new Dim3(tiles, 2), block, 0, gradient, gradient, input, mask, g, savedMean, savedInverse, means, sizes);
        });
        // Rounding of a mean far from 0 is to be seen against the deviation.
        double limit = 5e-6 * (1 + (middle * Math.Sqrt(3)));
        Close(mean, got["mean"]);
        Close(inverse, got["inverse"]);
        Close(newMean, got["runningMean"]);
        Close(newVariance, got["runningVariance"]);
        if (rows > 1)
        {
            Close(y, got["y"], limit);
            Close(dx, got["dx"], limit);
        }
        else
        {
            // One row: xhat is 0 and every term cancels.
            Assert.All(got["dx"], v => Assert.Equal(0, v));
        }
        Close(affine ? newDGamma : [.. dgamma.Select(v => (double)v)], got["dgamma"], limit);
        Close(affine ? newDBeta : [.. dbeta.Select(v => (double)v)], got["dbeta"]);
        // Rows of 40 words are whole sectors.
        if (c == 40) Assert.InRange(SectorRatio(reports), 1, 1.1);
    }
}
