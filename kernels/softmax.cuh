// Softmax of a row and the loss over all rows, for softmax_cross_entropy.cu and pixel_mlp.cu. Twins: Layers/SoftmaxCrossEntropy.cs.
//
//   p[l] = exp(z[l] - max)/sum,  max = the largest z,  sum = sum over l of exp(z[l] - max);   -log p[t] = log(sum) - (z[t] - max)
//
// Sums run in an order that the launch shape alone decides: a thread's rows, the lanes of a warp as a butterfly, warps, blocks.
#pragma once

// e^x for x <= 0 (NaN stays NaN): x = n log 2 + r, a polynomial in r, and 2^n in two steps, so that denormal results are right. Error below 1 ulp.
__device__ __forceinline__ float exponential(float x)
{
    if (x < -104.0f) return 0;
    float n = rintf(x * 1.44269504f);
    float r = fmaf(n, -1.42860677e-6f, fmaf(n, -0.693145752f, x));
    float p = 1.37805939e-3f;
    p = fmaf(p, r, 8.37312452e-3f);
    p = fmaf(p, r, 4.16695364e-2f);
    p = fmaf(p, r, 1.66664720e-1f);
    p = fmaf(p, r, 4.99999851e-1f);
    p = fmaf(p, r, 1.0f);
    p = fmaf(p, r, 1.0f);
    int k = (int)n, half = k >> 1;
    return p * __int_as_float((half + 127) << 23) * __int_as_float((k - half + 127) << 23);
}

// log x for normal x (infinity and NaN stay): x = 2^e m with m in [2/3, 4/3), log m = 2 atanh((m - 1)/(m + 1)).
__device__ __forceinline__ float logarithm(float x)
{
    if (!(x < __int_as_float(0x7f800000))) return x;
    int bits = __float_as_int(x), e = (bits - 0x3f2aaaab) >> 23;
    float f = __int_as_float(bits - (e << 23)) - 1, s = f / (f + 2), z = s * s;
    float p = fmaf(z, 1.0f / 11, 1.0f / 9);
    p = fmaf(p, z, 1.0f / 7);
    p = fmaf(p, z, 1.0f / 5);
    p = fmaf(p, z, 1.0f / 3);
    return fmaf((float)e, 0.693147182f, 2 * fmaf(s * z, p, s));
}

// Sums over rows: weighted cross-entropy, weights of the rows that count, rows answered rightly.
struct LossSums { float loss, weights, correct; };

__device__ __forceinline__ float class_weight(const float* classWeights, int target) { return classWeights == nullptr ? 1 : classWeights[target]; }

// A thread takes a row: p may be z. A target that is no class gives nothing to the sums.
__device__ __forceinline__ void softmax_row(float* p, const float* z, int L, int target, const float* classWeights, LossSums& sums)
{
    int best = 0;
    float largest = z[0];
    #pragma unroll 1
    for (int l = 1; l < L; l++)
    {
        if (z[l] > largest) { largest = z[l]; best = l; }
    }
    bool counts = target >= 0 && target < L;
    float logit = counts ? z[target] : 0, sum = 0;
    #pragma unroll 1
    for (int l = 0; l < L; l++)
    {
        float e = exponential(z[l] - largest);
        p[l] = e;
        sum += e;
    }
    float inverse = 1 / sum;
    #pragma unroll 1
    for (int l = 0; l < L; l++) p[l] *= inverse;
    if (!counts) return;
    float weight = class_weight(classWeights, target);
    sums.loss += weight * (logarithm(sum) - (logit - largest));
    sums.weights += weight;
    sums.correct += best == target ? 1 : 0;
}

// Sum over the block, the same in every thread.
__device__ __forceinline__ LossSums sum_of_block(LossSums v)
{
    __shared__ LossSums warps[32];
    #pragma unroll
    for (int offset = 16; offset > 0; offset >>= 1)
    {
        v.loss += __shfl_xor_sync(0xFFFFFFFFu, v.loss, offset);
        v.weights += __shfl_xor_sync(0xFFFFFFFFu, v.weights, offset);
        v.correct += __shfl_xor_sync(0xFFFFFFFFu, v.correct, offset);
    }
    __syncthreads();
    if ((threadIdx.x & 31) == 0) warps[threadIdx.x >> 5] = v;
    __syncthreads();
    LossSums total = { 0, 0, 0 };
    #pragma unroll 1
    for (int w = 0; w < blockDim.x / 32; w++)
    {
        total.loss += warps[w].loss;
        total.weights += warps[w].weights;
        total.correct += warps[w].correct;
    }
    return total;
}

// loss [3] = (mean weighted cross-entropy, S, right answers) from the sums of every thread of the grid. Each block leaves its sum in partials [grid];
// the one that draws the last ticket adds them up in block order. The ticket is 0 before the launch and, counting round, after it.
__device__ __forceinline__ void write_loss(float* loss, volatile LossSums* partials, unsigned* ticket, LossSums mine)
{
    __shared__ bool last;
    LossSums total = sum_of_block(mine);
    if (threadIdx.x == 0)
    {
        partials[blockIdx.x].loss = total.loss;
        partials[blockIdx.x].weights = total.weights;
        partials[blockIdx.x].correct = total.correct;
        __threadfence();
        last = atomicInc(ticket, gridDim.x - 1) == gridDim.x - 1;
        __threadfence();
    }
    __syncthreads();
    if (!last) return;
    mine = { 0, 0, 0 };
    #pragma unroll 1
    for (int b = threadIdx.x; b < gridDim.x; b += blockDim.x)
    {
        mine.loss += partials[b].loss;
        mine.weights += partials[b].weights;
        mine.correct += partials[b].correct;
    }
    total = sum_of_block(mine);
    if (threadIdx.x != 0) return;
    // Written so that a NaN stays one.
    loss[0] = total.weights == 0 ? 0 : total.loss / total.weights;
    loss[1] = total.weights;
    loss[2] = total.correct;
}
