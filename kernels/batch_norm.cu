// target compute_70
// Batch normalisation of each channel over Rows = N*H*W positions: x, y [Rows,C], all else [C]. Twins: Layers/BatchNorm.cs.
//
//   forward   s = 1/sqrt(variance + epsilon);  y = relu?(gamma*(x - mean)*s + beta);  batch: running = (1-momentum)*running + momentum*batch
//   backward  dz = y > 0 ? dy : 0;  dbeta += sum dz;  dgamma += sum dz*xhat;  dx = gamma*s*(dz - mean(dz) - xhat*mean(dz*xhat)), or gamma*s*dz
//
// Sums over rows have two stages and one order, given by the shape: chunk k of the rows, k < Chunks, is summed by a block for blockDim.x channels
// (its rows in turn along threadIdx.y, then a tree over threadIdx.y), and partials [Chunks][2][C] are added by the finishing launch. Lanes lie
// along the channels, so accesses are coalesced; where C is below 32 the host makes blocks C wide, whose rows follow each other in memory.
// gamma and beta are null in the affine-free form.

struct BatchNormSizes { int Rows, C; };

constexpr int Threads = 256;

// Sums of two values over threadIdx.y, the same in every thread of a column; blockDim.x * blockDim.y = Threads at most, blockDim.y a power of two.
__device__ __forceinline__ void sum_columns(float& a, float& b)
{
    __shared__ float first[Threads], second[Threads];
    int i = threadIdx.y * blockDim.x + threadIdx.x;
    __syncthreads();
    first[i] = a;
    second[i] = b;
    #pragma unroll 1
    for (int half = blockDim.y >> 1; half > 0; half >>= 1)
    {
        __syncthreads();
        if (threadIdx.y < half)
        {
            first[i] += first[i + half * blockDim.x];
            second[i] += second[i + half * blockDim.x];
        }
    }
    __syncthreads();
    a = first[threadIdx.x];
    b = second[threadIdx.x];
}

__device__ __forceinline__ int first_row(int rows, int chunk, int chunks) { return (int)((long long)rows * chunk / chunks); }

// Mean of a chunk, less the channel's first value so that nothing cancels, and sum of squared distances from it; the second reading hits the cache.
extern "C" __global__ void __launch_bounds__(Threads) batch_norm_forward_statistics_v1(float* __restrict__ partials, const float* __restrict__ x,
    BatchNormSizes sizes)
{
    int c = blockIdx.x * blockDim.x + threadIdx.x, C = sizes.C;
    int start = first_row(sizes.Rows, blockIdx.y, gridDim.y), end = first_row(sizes.Rows, blockIdx.y + 1, gridDim.y);
    float shift = c < C ? x[c] : 0, sum = 0, squares = 0, none = 0;
    if (c < C)
    {
        #pragma unroll 4
        for (int i = start + threadIdx.y; i < end; i += blockDim.y) sum += x[(long long)i * C + c] - shift;
    }
    sum_columns(sum, none);
    float mean = sum / (end - start);
    if (c < C)
    {
        #pragma unroll 4
        for (int i = start + threadIdx.y; i < end; i += blockDim.y)
        {
            float d = x[(long long)i * C + c] - shift - mean;
            squares += d * d;
        }
    }
    sum_columns(squares, none);
    if (c >= C || threadIdx.y != 0) return;
    partials[2LL * blockIdx.y * C + c] = mean;
    partials[(2LL * blockIdx.y + 1) * C + c] = squares;
}

// Mean and deviation that the op uses, from chunks of the batch (chunks > 0) or the running statistics (0), and what y is computed with:
// affine [2][C] = scale, offset. The mean's rounding to float is put into the offset.
extern "C" __global__ void __launch_bounds__(Threads) batch_norm_forward_finish_v1(float* __restrict__ savedMean, float* __restrict__ savedInverseDeviation,
    float* __restrict__ runningMean, float* __restrict__ runningVariance, float* __restrict__ affine, const float* __restrict__ partials,
    const float* __restrict__ x, const float* __restrict__ gamma, const float* __restrict__ beta, BatchNormSizes sizes, int chunks, float epsilon, float momentum)
{
    int c = blockIdx.x * blockDim.x + threadIdx.x, C = sizes.C;
    float sum = 0, squares = 0, none = 0;
    #pragma unroll 1
    for (int k = threadIdx.y; k < chunks && c < C; k += blockDim.y)
        sum += (first_row(sizes.Rows, k + 1, chunks) - first_row(sizes.Rows, k, chunks)) * partials[2LL * k * C + c];
    sum_columns(sum, none);
    float shifted = sum / sizes.Rows;
    #pragma unroll 1
    for (int k = threadIdx.y; k < chunks && c < C; k += blockDim.y)
    {
        float d = partials[2LL * k * C + c] - shifted;
        squares += partials[(2LL * k + 1) * C + c] + (first_row(sizes.Rows, k + 1, chunks) - first_row(sizes.Rows, k, chunks)) * d * d;
    }
    sum_columns(squares, none);
    if (c >= C || threadIdx.y != 0) return;
    float mean = runningMean[c], variance = runningVariance[c], rest = 0;
    if (chunks > 0)
    {
        mean = x[c] + shifted;
        rest = x[c] - mean + shifted;
        variance = squares / sizes.Rows;
        float unbiased = sizes.Rows > 1 ? squares / (sizes.Rows - 1) : variance;
        runningMean[c] = (1 - momentum) * runningMean[c] + momentum * mean;
        runningVariance[c] = (1 - momentum) * runningVariance[c] + momentum * unbiased;
    }
    float inverse = 1 / sqrtf(variance + epsilon), scale = (gamma == nullptr ? 1 : gamma[c]) * inverse;
    savedMean[c] = mean;
    savedInverseDeviation[c] = inverse;
    affine[c] = scale;
    affine[C + c] = (beta == nullptr ? 0 : beta[c]) - rest * scale;
}

// y = relu?((x - mean)*scale + offset); a thread an element of blockDim.x channels.
extern "C" __global__ void batch_norm_forward_v1(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ savedMean,
    const float* __restrict__ affine, BatchNormSizes sizes, int relu)
{
    int c = blockIdx.x * blockDim.x + threadIdx.x;
    if (c >= sizes.C) return;
    float mean = savedMean[c], scale = affine[c], offset = affine[sizes.C + c];
    #pragma unroll 4
    for (int i = blockIdx.y * blockDim.y + threadIdx.y; i < sizes.Rows; i += gridDim.y * blockDim.y)
    {
        float v = fmaf(x[(long long)i * sizes.C + c] - mean, scale, offset);
        y[(long long)i * sizes.C + c] = relu && v < 0 ? 0 : v;
    }
}

// Sums of dz and of dz*xhat of a chunk; y is null without a ReLU.
extern "C" __global__ void __launch_bounds__(Threads) batch_norm_backward_sums_v1(float* __restrict__ partials, const float* __restrict__ dy,
    const float* __restrict__ x, const float* __restrict__ y, const float* __restrict__ savedMean, const float* __restrict__ savedInverseDeviation, BatchNormSizes sizes)
{
    int c = blockIdx.x * blockDim.x + threadIdx.x, C = sizes.C;
    int end = first_row(sizes.Rows, blockIdx.y + 1, gridDim.y);
    float sum = 0, product = 0;
    if (c < C)
    {
        float mean = savedMean[c], inverse = savedInverseDeviation[c];
        #pragma unroll 4
        for (int i = first_row(sizes.Rows, blockIdx.y, gridDim.y) + threadIdx.y; i < end; i += blockDim.y)
        {
            long long e = (long long)i * C + c;
            float dz = y == nullptr || y[e] > 0 ? dy[e] : 0;
            sum += dz;
            product += dz * ((x[e] - mean) * inverse);
        }
    }
    sum_columns(sum, product);
    if (c >= C || threadIdx.y != 0) return;
    partials[2LL * blockIdx.y * C + c] = sum;
    partials[(2LL * blockIdx.y + 1) * C + c] = product;
}

// dgamma, dbeta (where given), and what dx is computed with: means [2][C] = mean(dz), mean(dz*xhat)*s; null with running statistics.
extern "C" __global__ void __launch_bounds__(Threads) batch_norm_backward_finish_v1(float* __restrict__ dgamma, float* __restrict__ dbeta,
    float* __restrict__ means, const float* __restrict__ partials, const float* __restrict__ savedInverseDeviation, BatchNormSizes sizes, int chunks)
{
    int c = blockIdx.x * blockDim.x + threadIdx.x, C = sizes.C;
    float sum = 0, product = 0;
    #pragma unroll 1
    for (int k = threadIdx.y; k < chunks && c < C; k += blockDim.y)
    {
        sum += partials[2LL * k * C + c];
        product += partials[(2LL * k + 1) * C + c];
    }
    sum_columns(sum, product);
    if (c >= C || threadIdx.y != 0) return;
    if (dbeta != nullptr) dbeta[c] += sum;
    if (dgamma != nullptr) dgamma[c] += product;
    if (means == nullptr) return;
    means[c] = sum / sizes.Rows;
    means[C + c] = product / sizes.Rows * savedInverseDeviation[c];
}

// dx = gamma*s*(dz - means[0] - (x - mean)*means[1]), or gamma*s*dz where means is null. dx may be dy.
extern "C" __global__ void batch_norm_backward_v1(float* dx, const float* dy, const float* __restrict__ x, const float* __restrict__ y,
    const float* __restrict__ gamma, const float* __restrict__ savedMean, const float* __restrict__ savedInverseDeviation, const float* __restrict__ means,
    BatchNormSizes sizes)
{
    int c = blockIdx.x * blockDim.x + threadIdx.x;
    if (c >= sizes.C) return;
    float scale = (gamma == nullptr ? 1 : gamma[c]) * savedInverseDeviation[c], mean = savedMean[c];
    float offset = means == nullptr ? 0 : means[c], slope = means == nullptr ? 0 : means[sizes.C + c];
    #pragma unroll 4
    for (int i = blockIdx.y * blockDim.y + threadIdx.y; i < sizes.Rows; i += gridDim.y * blockDim.y)
    {
        long long e = (long long)i * sizes.C + c;
        float dz = y == nullptr || y[e] > 0 ? dy[e] : 0;
        dx[e] = means == nullptr ? scale * dz : scale * (dz - offset - (x[e] - mean) * slope);
    }
}
