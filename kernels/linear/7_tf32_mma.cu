// target compute_80
// Dense layer, rung 7 (formulas: 1_naive.cu, products: 6_swizzle.cu): the same three products on the tensor cores, operands rounded to TF32 (gemm_tf32.cuh).
// The sums over splits and rows are those of rung 6.
//
// Grid: (rows, columns, splits) in tiles of 128 x 128; 128 threads, four warps of 64 x 64 sums each.
#include "linear/epilogue.cuh"
#include "gemm_tf32.cuh"

using Large = MmaTile<128, 128, 2, 2>;

// 128 x 128 outputs a block on the tensor cores, operands by cp.async.
extern "C" __global__ void __launch_bounds__(128, 2) linear_forward_tf32_v7(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w,
    const float* __restrict__ b, LinearSizes z, LinearEpilogue epilogue, const StepState* __restrict__ state)
{
    multiply_tile_tf32<Large>(RowMajor(x, z.M, z.In), RowMajor(w, z.Out, z.In), EpilogueOutput(y, b, z, epilogue, state), blockIdx.x * 128, blockIdx.y * 128, 0, z.In);
}

// The same tile for dx, with the mask of the layer in front.
extern "C" __global__ void __launch_bounds__(128, 2) linear_backward_input_tf32_v7(float* __restrict__ dx, const float* __restrict__ dy,
    const float* __restrict__ w, const float* __restrict__ activation, float kept, LinearSizes z)
{
    multiply_tile_tf32<Large>(RowMajor(dy, z.M, z.Out), ColumnMajor(w, z.In, z.Out), MaskedOutput(dx, activation, kept, z.M, z.In), blockIdx.x * 128, blockIdx.y * 128,
        0, z.Out);
}

// The same tile for dw, the rows split over the grid. Split s sums the rows s*rowsPerSplit .. of dy and x; rowsPerSplit is a multiple of 16. One split
// adds to dw, several write partial [splits,Out,In].
extern "C" __global__ void __launch_bounds__(128, 2) linear_backward_weight_tf32_v7(float* __restrict__ dw, float* __restrict__ partial,
    const float* __restrict__ dy, const float* __restrict__ x, LinearSizes z, int rowsPerSplit)
{
    int first = blockIdx.z * rowsPerSplit;
    multiply_tile_tf32<Large>(ColumnMajor(dy, z.Out, z.M), ColumnMajor(x, z.In, z.M), SplitOutput(dw, partial, z.Out, z.In), blockIdx.x * 128, blockIdx.y * 128,
        first, min(first + rowsPerSplit, z.M));
}
