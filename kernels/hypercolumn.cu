// target compute_70
// One level of the hypercolumn: columns Column .. Column+C-1 of x [M,D] from a map [N,H,W,C]; samples [M,3] = (image, y, x). Twins: Layers/Hypercolumn.cs.
//
//   forward   x[m,d] = (h[m,d] - mean[d]) * inverseDeviation[d], h the bilinear value at the sample (hypercolumn_coords.cuh)
//   backward  dMap[cell] = or += inverseDeviation * sum over the cell's entries (m, weight) of weight * dX[m,d], entries in fixed order
//
// mean and inverseDeviation may be null.
#include "hypercolumn_coords.cuh"

struct HypercolumnLevel { int N, H, W, C, Stride, Column; };

__device__ __forceinline__ float bilinear(const float* map, const HypercolumnLevel& level, int n, Corner y, Corner x, int c)
{
    const float* top = map + ((long long)n * level.H + y.first) * level.W * level.C + c;
    const float* bottom = map + ((long long)n * level.H + y.second) * level.W * level.C + c;
    float left = (1 - x.fraction), right = x.fraction;
    return (1 - y.fraction) * (left * top[(long long)x.first * level.C] + right * top[(long long)x.second * level.C])
        + y.fraction * (left * bottom[(long long)x.first * level.C] + right * bottom[(long long)x.second * level.C]);
}

__device__ __forceinline__ float standardised(float h, const float* mean, const float* inverseDeviation, int d)
{
    if (mean != nullptr) h -= mean[d];
    return inverseDeviation != nullptr ? h * inverseDeviation[d] : h;
}

// The original layer: a thread a sample, channels in a loop; lanes are far apart in every access.
extern "C" __global__ void hypercolumn_forward_v1(float* __restrict__ x, const float* __restrict__ map, const int* __restrict__ samples,
    const float* __restrict__ mean, const float* __restrict__ inverseDeviation, HypercolumnLevel level, int M, int D)
{
    int m = blockIdx.x * blockDim.x + threadIdx.x;
    if (m >= M) return;
    Corner cy = corner_of(samples[3 * m + 1], level.Stride, level.H), cx = corner_of(samples[3 * m + 2], level.Stride, level.W);
    for (int c = 0; c < level.C; c++)
    {
        int d = level.Column + c;
        x[(long long)m * D + d] = standardised(bilinear(map, level, samples[3 * m], cy, cx, c), mean, inverseDeviation, d);
    }
}

// Coalesced: a block a sample, lanes along the channels.
extern "C" __global__ void hypercolumn_forward_v2(float* __restrict__ x, const float* __restrict__ map, const int* __restrict__ samples,
    const float* __restrict__ mean, const float* __restrict__ inverseDeviation, HypercolumnLevel level, int M, int D)
{
    int m = blockIdx.x;
    Corner cy = corner_of(samples[3 * m + 1], level.Stride, level.H), cx = corner_of(samples[3 * m + 2], level.Stride, level.W);
    for (int c = threadIdx.x; c < level.C; c += blockDim.x)
    {
        int d = level.Column + c;
        x[(long long)m * D + d] = standardised(bilinear(map, level, samples[3 * m], cy, cx, c), mean, inverseDeviation, d);
    }
}

// Cell-owner: a block a touched cell, lanes along the channels; counts[0] cells are touched, the grid may be larger. Entries of cell t are
// starts[t] .. starts[t+1]-1, summed in that order, so the bytes do not depend on scheduling. The caller fills dMap first where nothing may remain.
extern "C" __global__ void hypercolumn_backward_v2(float* __restrict__ dMap, const float* __restrict__ dX, const int* __restrict__ counts,
    const int* __restrict__ cells, const int* __restrict__ starts, const int* __restrict__ entrySamples, const float* __restrict__ weights,
    const float* __restrict__ inverseDeviation, HypercolumnLevel level, int D)
{
    int t = blockIdx.x;
    if (t >= counts[0]) return;
    for (int c = threadIdx.x; c < level.C; c += blockDim.x)
    {
        int d = level.Column + c;
        float sum = 0;
        for (int e = starts[t]; e < starts[t + 1]; e++) sum += weights[e] * dX[(long long)entrySamples[e] * D + d];
        if (inverseDeviation != nullptr) sum *= inverseDeviation[d];
        dMap[(long long)cells[t] * level.C + c] += sum;
    }
}
