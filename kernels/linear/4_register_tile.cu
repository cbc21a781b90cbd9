// target compute_70
// Dense layer, rung 4, register tiles (formulas: 1_naive.cu): 64 x 64 outputs a block of 16 x 16 threads, 4 x 4 sums a thread. For each k a thread reads
// four words of each tile and multiplies sixteen times: two multiplications a word of shared memory, against half a one in rung 3.
// A thread's rows and columns lie 16 apart: neighbouring lanes read neighbouring columns of w's tile, which with rows of 17 words hit different banks.
#include "linear/epilogue.cuh"

// 64 x 64 outputs a block, 4 x 4 sums a thread. Grid: (rows, columns) in tiles of 64; 256 threads.
extern "C" __global__ void __launch_bounds__(256) linear_forward_v4(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w,
    const float* __restrict__ b, LinearSizes z, LinearEpilogue epilogue, const StepState* __restrict__ state)
{
    __shared__ float xs[64][17], ws[64][17];
    int lane = threadIdx.x % 16, row = threadIdx.x / 16, m0 = blockIdx.x * 64, o0 = blockIdx.y * 64;
    float sums[4][4] = {};
    #pragma unroll 1
    for (int k = 0; k < z.In; k += 16)
    {
        #pragma unroll
        for (int r = row; r < 64; r += 16)
        {
            bool inside = k + lane < z.In;
            xs[r][lane] = inside && m0 + r < z.M ? x[(long long)(m0 + r) * z.In + k + lane] : 0;
            ws[r][lane] = inside && o0 + r < z.Out ? w[(long long)(o0 + r) * z.In + k + lane] : 0;
        }
        __syncthreads();
        #pragma unroll 2
        for (int i = 0; i < 16; i++)
        {
            float left[4], right[4];
            #pragma unroll
            for (int r = 0; r < 4; r++)
            {
                left[r] = xs[row + 16 * r][i];
                right[r] = ws[lane + 16 * r][i];
            }
            #pragma unroll
            for (int r = 0; r < 4; r++)
            {
                #pragma unroll
                for (int c = 0; c < 4; c++) sums[r][c] += left[r] * right[c];
            }
        }
        __syncthreads();
    }
    // A quarter of the sums at a time lies in shared memory, where a short loop can walk it.
    float* slice = &xs[0][0];
    #pragma unroll
    for (int r = 0; r < 4; r++)
    {
        __syncthreads();
        #pragma unroll
        for (int c = 0; c < 4; c++) slice[64 * row + 16 * c + lane] = sums[r][c];
        __syncthreads();
        #pragma unroll 1
        for (int i = threadIdx.x; i < 16 * 64; i += 256)
        {
            int m = m0 + 16 * r + i / 64, o = o0 + i % 64;
            long long e = (long long)m * z.Out + o;
            if (m < z.M && o < z.Out) y[e] = finish(slice[i], b != nullptr ? b[o] : 0, e, epilogue, state);
        }
    }
}
