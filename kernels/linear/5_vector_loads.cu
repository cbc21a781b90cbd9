// target compute_70
// Dense layer, rung 5, vector loads (formulas: 1_naive.cu): 128 x 64 outputs a block of 128 threads, 8 x 8 sums a thread in four squares of 4 x 4. The tiles
// lie with k along the rows, so that a thread reads eight words of a tile with two 16-byte loads: four multiplications a word. Global memory is read
// 16 bytes a lane too; such a four lies along k and is stored down a column, which four lanes at a time do in the same banks: rung 6 removes that.
#include "linear/epilogue.cuh"
#include "gemm_fp32.cuh"

using Large = Tile<128, 64, 2, 2, 16>;

// A tile of a matrix [rows,depth] from (row0, k0), transposed: tile[k][i].
template <int Size>
__device__ __forceinline__ void load_transposed(float (*tile)[Size], const float* p, int row0, int rows, int k0, int depth, bool vector)
{
    #pragma unroll
    for (int f = threadIdx.x; f < 4 * Size; f += Large::Threads)
    {
        int i = f / 4, k = f % 4 * 4;
        const float* from = p + (long long)(row0 + i) * depth + k0 + k;
        float4 v = make_float4(0, 0, 0, 0);
        if (row0 + i < rows)
        {
            int left = depth - k0 - k;
            if (vector && left > 0) v = *(const float4*)from;
            if (!vector) v = make_float4(left > 0 ? from[0] : 0, left > 1 ? from[1] : 0, left > 2 ? from[2] : 0, left > 3 ? from[3] : 0);
        }
        tile[k][i] = v.x;
        tile[k + 1][i] = v.y;
        tile[k + 2][i] = v.z;
        tile[k + 3][i] = v.w;
    }
}

// 128 x 64 outputs a block, 8 x 8 sums a thread, 16-byte loads. Grid: (rows, columns) in tiles of 128 x 64; 128 threads.
extern "C" __global__ void __launch_bounds__(128, 3) linear_forward_v5(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w,
    const float* __restrict__ b, LinearSizes z, LinearEpilogue epilogue, const StepState* __restrict__ state)
{
    __shared__ __align__(16) float shared[Large::SliceWords];
    auto xs = (float (*)[128])shared;
    auto ws = (float (*)[64])(shared + 16 * 128);
    int across = threadIdx.x % 8 * 4, down = threadIdx.x / 8 * 4, m0 = blockIdx.x * 128, o0 = blockIdx.y * 64;
    bool vectorX = in_fours(x, z.In), vectorW = in_fours(w, z.In);
    float sums[8][8] = {};
    #pragma unroll 1
    for (int k = 0; k < z.In; k += 16)
    {
        load_transposed(xs, x, m0, z.M, k, z.In, vectorX);
        load_transposed(ws, w, o0, z.Out, k, z.In, vectorW);
        __syncthreads();
        #pragma unroll 2
        for (int i = 0; i < 16; i++)
        {
            float4 top = *(const float4*)&xs[i][down], bottom = *(const float4*)&xs[i][64 + down];
            float4 left = *(const float4*)&ws[i][across], right = *(const float4*)&ws[i][32 + across];
            add_outer(&sums[0], 0, top, left);
            add_outer(&sums[0], 4, top, right);
            add_outer(&sums[4], 0, bottom, left);
            add_outer(&sums[4], 4, bottom, right);
        }
        __syncthreads();
    }
    store_tile<Large>(sums, shared, EpilogueOutput(y, b, z, epilogue, state), m0, o0, across, down);
}
