// target compute_70
// The sum of a hypercolumn's projected levels, one level a launch: y [M,C] = relu?(y + bilinear value of map [N,H,W,C] at the sample). Twins:
// Layers/HypercolumnSum.cs.
#include "hypercolumn_coords.cuh"

struct HypercolumnLevel { int N, H, W, C, Stride, Column; };

// A block a sample, lanes along the channels; relu in the launch of the last level.
extern "C" __global__ void hypercolumn_sum_forward_v1(float* __restrict__ y, const float* __restrict__ map, const int* __restrict__ samples,
    HypercolumnLevel level, int relu)
{
    int m = blockIdx.x, n = samples[3 * m];
    Corner cy = corner_of(samples[3 * m + 1], level.Stride, level.H), cx = corner_of(samples[3 * m + 2], level.Stride, level.W);
    const float* top = map + ((long long)n * level.H + cy.first) * level.W * level.C;
    const float* bottom = map + ((long long)n * level.H + cy.second) * level.W * level.C;
    long long left = (long long)cx.first * level.C, right = (long long)cx.second * level.C;
    float a = (1 - cy.fraction) * (1 - cx.fraction), b = (1 - cy.fraction) * cx.fraction, c = cy.fraction * (1 - cx.fraction), d = cy.fraction * cx.fraction;
    #pragma unroll 1
    for (int i = threadIdx.x; i < level.C; i += blockDim.x)
    {
        float* to = y + (long long)m * level.C + i;
        float v = *to + (a * top[left + i] + b * top[right + i] + c * bottom[left + i] + d * bottom[right + i]);
        *to = relu && v < 0 ? 0 : v;
    }
}
