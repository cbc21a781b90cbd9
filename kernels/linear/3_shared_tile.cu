// target compute_70
// Dense layer, rung 3, shared tiles (formulas: 1_naive.cu): 32 x 32 outputs a block, whose 1024 threads load 32 x 32 tiles of x and w, with In along the
// lanes, and each sum one output from shared memory. Each word from global memory is used 32 times; each multiplication still reads two words of
// shared memory. The rows are 33 words long, so that 32 lanes reading down a column of w's tile hit 32 banks.
#include "linear/epilogue.cuh"

// 32 x 32 outputs a block from shared tiles, one a thread. Grid: (rows, columns) in tiles of 32; block (32, 32).
extern "C" __global__ void __launch_bounds__(1024) linear_forward_v3(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w,
    const float* __restrict__ b, LinearSizes z, LinearEpilogue epilogue, const StepState* __restrict__ state)
{
    __shared__ float xs[32][33], ws[32][33];
    int lane = threadIdx.x, row = threadIdx.y;
    int m = blockIdx.x * 32 + row, o = blockIdx.y * 32 + lane, loaded = blockIdx.y * 32 + row;
    float sum = 0;
    #pragma unroll 1
    for (int k = 0; k < z.In; k += 32)
    {
        bool inside = k + lane < z.In;
        xs[row][lane] = inside && m < z.M ? x[(long long)m * z.In + k + lane] : 0;
        ws[row][lane] = inside && loaded < z.Out ? w[(long long)loaded * z.In + k + lane] : 0;
        __syncthreads();
        #pragma unroll 8
        for (int i = 0; i < 32; i++) sum += xs[row][i] * ws[lane][i];
        __syncthreads();
    }
    if (m >= z.M || o >= z.Out) return;
    long long e = (long long)m * z.Out + o;
    y[e] = finish(sum, b != nullptr ? b[o] : 0, e, epilogue, state);
}
