// target compute_70
// Softmax and mean weighted cross-entropy: logits z, probabilities p [M,L], targets t int32 [M], class weights g [L] or null. Twins:
// Layers/SoftmaxCrossEntropy.cs; the arithmetic of a row and of the loss is in softmax.cuh.
//
//   forward   p = softmax(z) (may be z);  loss = (sum of g[t] * -log p[t] / S,  S = sum of g[t],  right answers) over rows with 0 <= t < L; S = 0: 0
//   backward  dz = g[t]/S * (p - onehot(t)), 0 for the other rows and for S = 0 (dz may be p)
//
// partials [grid] and ticket (0) are the backend's own. A block walks tiles of blockDim.x rows, the number of blocks being fixed by M.
#include "softmax.cuh"

struct SoftmaxSizes { int M, L; };

// Naive: a thread a row, so that lanes read words L apart.
extern "C" __global__ void softmax_cross_entropy_forward_v1(float* loss, float* probabilities, const float* logits, const int* __restrict__ targets,
    const float* __restrict__ classWeights, SoftmaxSizes sizes, LossSums* partials, unsigned* ticket)
{
    LossSums sums = { 0, 0, 0 };
    #pragma unroll 1
    for (int m = blockIdx.x * blockDim.x + threadIdx.x; m < sizes.M; m += gridDim.x * blockDim.x)
    {
        long long row = (long long)m * sizes.L;
        softmax_row(probabilities + row, logits + row, sizes.L, targets[m], classWeights, sums);
    }
    write_loss(loss, partials, ticket, sums);
}

// rows*L neighbouring words <-> rows of shared memory, lanes along the words.
__device__ __forceinline__ void load_rows(float* tile, const float* source, int rows, int L, int stride)
{
    #pragma unroll 1
    for (int i = threadIdx.x; i < rows * L; i += blockDim.x) tile[i / L * stride + i % L] = source[i];
    __syncthreads();
}

__device__ __forceinline__ void store_rows(float* destination, const float* tile, int rows, int L, int stride)
{
    __syncthreads();
    #pragma unroll 1
    for (int i = threadIdx.x; i < rows * L; i += blockDim.x) destination[i] = tile[i / L * stride + i % L];
    __syncthreads();
}

// Coalesced: tiles pass through shared memory [blockDim.x][L | 1]; the odd stride lets 32 rows be read at once without bank conflicts.
extern "C" __global__ void softmax_cross_entropy_forward_v2(float* loss, float* probabilities, const float* logits, const int* __restrict__ targets,
    const float* __restrict__ classWeights, SoftmaxSizes sizes, LossSums* partials, unsigned* ticket)
{
    extern __shared__ float tile[];
    int L = sizes.L, stride = L | 1;
    LossSums sums = { 0, 0, 0 };
    #pragma unroll 1
    for (int first = blockIdx.x * blockDim.x; first < sizes.M; first += gridDim.x * blockDim.x)
    {
        int rows = min((int)blockDim.x, sizes.M - first);
        load_rows(tile, logits + (long long)first * L, rows, L, stride);
        float* row = tile + threadIdx.x * stride;
        if (threadIdx.x < rows) softmax_row(row, row, L, targets[first + threadIdx.x], classWeights, sums);
        store_rows(probabilities + (long long)first * L, tile, rows, L, stride);
    }
    write_loss(loss, partials, ticket, sums);
}

// A thread an element of a tile of blockDim.x rows.
extern "C" __global__ void softmax_cross_entropy_backward_v1(float* dLogits, const float* __restrict__ loss, const float* probabilities,
    const int* __restrict__ targets, const float* __restrict__ classWeights, SoftmaxSizes sizes)
{
    float S = loss[1];
    #pragma unroll 1
    for (int first = blockIdx.x * blockDim.x; first < sizes.M; first += gridDim.x * blockDim.x)
    {
        int rows = min((int)blockDim.x, sizes.M - first);
        long long start = (long long)first * sizes.L;
        #pragma unroll 1
        for (int i = threadIdx.x; i < rows * sizes.L; i += blockDim.x)
        {
            int target = targets[first + i / sizes.L];
            bool counts = target >= 0 && target < sizes.L && S != 0;
            float factor = counts ? class_weight(classWeights, target) / S : 0;
            dLogits[start + i] = counts ? factor * (probabilities[start + i] - (i % sizes.L == target ? 1 : 0)) : 0;
        }
    }
}

// Forward and backward in one pass, without probabilities: z is read once and dz written once. S must be known before the first row, and it
// depends on the targets alone: each block adds it up from all of them, in the same order.
extern "C" __global__ void softmax_cross_entropy_forward_backward_v1(float* loss, float* dLogits, const float* logits, const int* __restrict__ targets,
    const float* __restrict__ classWeights, SoftmaxSizes sizes, LossSums* partials, unsigned* ticket)
{
    extern __shared__ float tile[];
    int L = sizes.L, stride = L | 1;
    LossSums all = { 0, 0, 0 }, sums = { 0, 0, 0 };
    #pragma unroll 1
    for (int m = threadIdx.x; m < sizes.M; m += blockDim.x)
    {
        int target = targets[m];
        if (target >= 0 && target < L) all.weights += class_weight(classWeights, target);
    }
    float S = sum_of_block(all).weights;
    #pragma unroll 1
    for (int first = blockIdx.x * blockDim.x; first < sizes.M; first += gridDim.x * blockDim.x)
    {
        int rows = min((int)blockDim.x, sizes.M - first);
        load_rows(tile, logits + (long long)first * L, rows, L, stride);
        if (threadIdx.x < rows)
        {
            float* row = tile + threadIdx.x * stride;
            int target = targets[first + threadIdx.x];
            softmax_row(row, row, L, target, classWeights, sums);
            bool counts = target >= 0 && target < L && S != 0;
            float factor = counts ? class_weight(classWeights, target) / S : 0;
            #pragma unroll 1
            for (int l = 0; l < L; l++) row[l] = counts ? factor * (row[l] - (l == target ? 1 : 0)) : 0;
        }
        store_rows(dLogits + (long long)first * L, tile, rows, L, stride);
    }
    write_loss(loss, partials, ticket, sums);
}
