// target compute_70
// Dense layer, rung 2, coalesced (formulas: 1_naive.cu): a warp an output, lanes along In, so that each request reads 128 neighbouring bytes of x and of w.
// The 32 partial sums are added across the lanes. Still no word is used twice: every output reads its whole rows of x and w.
#include "linear/epilogue.cuh"

// A warp an output, lanes along In. Grid: (M, columns in blocks of eight); eight warps a block.
extern "C" __global__ void __launch_bounds__(256) linear_forward_v2(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w,
    const float* __restrict__ b, LinearSizes z, LinearEpilogue epilogue, const StepState* __restrict__ state)
{
    int m = blockIdx.x, o = blockIdx.y * 8 + threadIdx.x / 32, lane = threadIdx.x % 32;
    if (o >= z.Out) return;
    float sum = 0;
    #pragma unroll 1
    for (int i = lane; i < z.In; i += 32) sum += x[(long long)m * z.In + i] * w[(long long)o * z.In + i];
    #pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) sum += __shfl_xor_sync(~0u, sum, distance);
    long long e = (long long)m * z.Out + o;
    if (lane == 0) y[e] = finish(sum, b != nullptr ? b[o] : 0, e, epilogue, state);
}
