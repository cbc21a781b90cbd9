using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// BatchNorm: y = relu?(gamma*(x - mean)*inverseDeviation + beta) per channel of x [Rows,C].
// Two passes over the data in each direction, sums then values; the passes are in BatchNormJob, the arithmetic per channel is here.
// Rows are cut into chunks by shape; a chunk's sums are double, and the chunks are added in order.
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public OpMemoryRequest Describe(in BatchNormSizes sizes) => new(BatchNormJob.WorkspaceBytes(sizes), 0);

    /// <inheritdoc/>
    public void BatchNormForward(Tensor y, Tensor savedMean, Tensor savedInverseDeviation, Tensor x, Tensor? gamma, Tensor? beta,
        Tensor runningMean, Tensor runningVariance, in BatchNormSizes sizes, BatchNormStatistics statistics,
        double epsilon, double momentum, bool relu, OpMemory memory)
    {
        long count = (long)sizes.Rows * sizes.C;
        var job = new BatchNormJob(sizes, Workspace(memory, BatchNormJob.WorkspaceBytes(sizes)))
        {
            X = Floats(x, count),
            Y = Floats(y, count),
            Relu = relu,
        };
        float* mean = Floats(savedMean, sizes.C), inverse = Floats(savedInverseDeviation, sizes.C);
        float* runMean = Floats(runningMean, sizes.C), runVariance = Floats(runningVariance, sizes.C);
        float* g = Floats(gamma, sizes.C, optional: true), b = Floats(beta, sizes.C, optional: true);
        bool batch = statistics == BatchNormStatistics.Batch;
        if (batch)
        {
            _pool.Run(&BatchNormJob.RunStatistics, &job, job.Chunks);
            job.AddChunks();
        }
        for (int c = 0; c < sizes.C; c++)
        {
            double m = runMean[c], variance = runVariance[c];
            if (batch)
            {
                // The sums are of x - shift, the shift being the channel's first value, so that nothing cancels.
                double shifted = job.Sum0[c] / sizes.Rows;
                m = job.X[c] + shifted;
                variance = Math.Max(job.Sum1[c] / sizes.Rows - shifted * shifted, 0);
                double unbiased = sizes.Rows > 1 ? variance * sizes.Rows / (sizes.Rows - 1) : variance;
                runMean[c] = (float)((1 - momentum) * runMean[c] + momentum * m);
                runVariance[c] = (float)((1 - momentum) * runVariance[c] + momentum * unbiased);
            }
            double deviation = 1 / Math.Sqrt(variance + epsilon);
            mean[c] = (float)m;
            inverse[c] = (float)deviation;
            job.Mean[c] = (float)m;
            double scale = (g == null ? 1.0 : g[c]) * deviation;
            job.Scale[c] = (float)scale;
            // What float cannot hold of a mean far from 0 goes into the offset.
            job.Offset[c] = (float)((b == null ? 0 : b[c]) - (m - (float)m) * scale);
        }
        _pool.Run(&BatchNormJob.RunNormalize, &job, job.Chunks);
    }

    /// <inheritdoc/>
    public void BatchNormBackward(Tensor dx, Tensor? dgamma, Tensor? dbeta, Tensor dy, Tensor x, Tensor y, Tensor? gamma,
        Tensor savedMean, Tensor savedInverseDeviation, in BatchNormSizes sizes, BatchNormStatistics statistics, bool relu, OpMemory memory)
    {
        long count = (long)sizes.Rows * sizes.C;
        var job = new BatchNormJob(sizes, Workspace(memory, BatchNormJob.WorkspaceBytes(sizes)))
        {
            X = Floats(x, count),
            Y = relu ? Floats(y, count) : null,
            DY = Floats(dy, count),
            DX = Floats(dx, count),
            Relu = relu,
        };
        float* mean = Floats(savedMean, sizes.C), inverse = Floats(savedInverseDeviation, sizes.C), g = Floats(gamma, sizes.C, optional: true);
        float* dg = Floats(dgamma, sizes.C, optional: true), db = Floats(dbeta, sizes.C, optional: true);
        for (int c = 0; c < sizes.C; c++)
        {
            job.Mean[c] = mean[c];
            job.Inverse[c] = inverse[c];
            job.Scale[c] = (g == null ? 1 : g[c]) * inverse[c];
            job.Offset[c] = 0;
            job.Slope[c] = 0;
        }
        if (statistics != BatchNormStatistics.Frozen)
        {
            _pool.Run(&BatchNormJob.RunGradientSums, &job, job.Chunks);
            job.AddChunks();
            for (int c = 0; c < sizes.C; c++)
            {
                if (db != null) db[c] += (float)job.Sum0[c];
                if (dg != null) dg[c] += (float)job.Sum1[c];
                if (statistics != BatchNormStatistics.Batch) continue;
                // dx = scale*(dy - mean(dy) - xhat*mean(dy*xhat)), with xhat = (x - mean)*inverse folded into the slope.
                job.Offset[c] = (float)(job.Sum0[c] / sizes.Rows);
                job.Slope[c] = (float)(job.Sum1[c] / sizes.Rows * inverse[c]);
            }
        }
        _pool.Run(&BatchNormJob.RunGradient, &job, job.Chunks);
    }
}
