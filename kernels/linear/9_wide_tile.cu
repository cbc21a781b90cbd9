// target compute_70
// Dense layer, rung 9 (formulas: 1_naive.cu, products and sums over splits and rows: 6_swizzle.cu): the tile of rung 6 twice as wide, for products that have enough
// of them to fill a GPU. A thread holds 16 x 8 sums in place of 8 x 8 and so reads 24 words of shared memory for 128 multiplications in place of 32.
//
// Grid: (rows, columns, splits) in tiles of 128 x 128; 128 threads.
#include "linear/epilogue.cuh"
#include "gemm_fp32.cuh"

using Wide = Tile<128, 128, 4, 2, 16>;

// 128 x 128 outputs a block, 16 x 8 sums a thread.
extern "C" __global__ void __launch_bounds__(128, 2) linear_forward_v9(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w,
    const float* __restrict__ b, LinearSizes z, LinearEpilogue epilogue, const StepState* __restrict__ state)
{
    multiply_tile<Wide>(RowMajor(x, z.M, z.In), RowMajor(w, z.Out, z.In), EpilogueOutput(y, b, z, epilogue, state), blockIdx.x * 128, blockIdx.y * 128, 0, z.In);
}

// The same tile for dx, with the mask of the layer in front.
extern "C" __global__ void __launch_bounds__(128, 2) linear_backward_input_v9(float* __restrict__ dx, const float* __restrict__ dy, const float* __restrict__ w,
    const float* __restrict__ activation, float kept, LinearSizes z)
{
    multiply_tile<Wide>(RowMajor(dy, z.M, z.Out), ColumnMajor(w, z.In, z.Out), MaskedOutput(dx, activation, kept, z.M, z.In), blockIdx.x * 128, blockIdx.y * 128,
        0, z.Out);
}

// The same tile for dw, the rows split over the grid. Split s sums the rows s*rowsPerSplit .. of dy and x; rowsPerSplit is a multiple of 16. One split
// adds to dw, several write partial [splits,Out,In].
extern "C" __global__ void __launch_bounds__(128, 2) linear_backward_weight_v9(float* __restrict__ dw, float* __restrict__ partial, const float* __restrict__ dy,
    const float* __restrict__ x, LinearSizes z, int rowsPerSplit)
{
    int first = blockIdx.z * rowsPerSplit;
    multiply_tile<Wide>(ColumnMajor(dy, z.Out, z.M), ColumnMajor(x, z.In, z.M), SplitOutput(dw, partial, z.Out, z.In), blockIdx.x * 128, blockIdx.y * 128,
        first, min(first + rowsPerSplit, z.M));
}
