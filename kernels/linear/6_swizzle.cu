// target compute_70
// Dense layer, rung 6 (formulas: 1_naive.cu): the product of gemm_fp32.cuh, for all passes. Against rung 5 the next tiles travel through registers while the
// current ones are multiplied, and the rows of shared memory are skewed: no bank conflicts in any access.
//
//   forward   y  [M,Out] = x w^T: both operands have k = In along the memory
//   backward  dx [M,In]  = dy w: k = Out, along dy's rows and down w's columns
//             dw [Out,In] += dy^T x: k = M, down the columns of both, split over gridDim.z and added in order
//
// Grid: (rows, columns, splits) in tiles of 128 x 64; 128 threads, 8 x 8 sums each.
#include "linear/epilogue.cuh"
#include "gemm_fp32.cuh"
#include "split_sums.cuh"

using Large = Tile<128, 64, 2, 2, 16>;

// 128 x 64 outputs a block, 8 x 8 sums a thread, the next tiles in flight, rows skewed.
extern "C" __global__ void __launch_bounds__(128, 3) linear_forward_v6(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w,
    const float* __restrict__ b, LinearSizes z, LinearEpilogue epilogue, const StepState* __restrict__ state)
{
    multiply_tile<Large>(RowMajor(x, z.M, z.In), RowMajor(w, z.Out, z.In), EpilogueOutput(y, b, z, epilogue, state), blockIdx.x * 128, blockIdx.y * 64, 0, z.In);
}

// The same tile for dx, with the mask of the layer in front.
extern "C" __global__ void __launch_bounds__(128, 3) linear_backward_input_v6(float* __restrict__ dx, const float* __restrict__ dy, const float* __restrict__ w,
    const float* __restrict__ activation, float kept, LinearSizes z)
{
    multiply_tile<Large>(RowMajor(dy, z.M, z.Out), ColumnMajor(w, z.In, z.Out), MaskedOutput(dx, activation, kept, z.M, z.In), blockIdx.x * 128, blockIdx.y * 64,
        0, z.Out);
}

// The same tile for dw, the rows split over the grid. Split s sums the rows s*rowsPerSplit .. of dy and x; rowsPerSplit is a multiple of 16. One split
// adds to dw, several write partial [splits,Out,In].
extern "C" __global__ void __launch_bounds__(128, 3) linear_backward_weight_v6(float* __restrict__ dw, float* __restrict__ partial, const float* __restrict__ dy,
    const float* __restrict__ x, LinearSizes z, int rowsPerSplit)
{
    int first = blockIdx.z * rowsPerSplit;
    multiply_tile<Large>(ColumnMajor(dy, z.Out, z.M), ColumnMajor(x, z.In, z.M), SplitOutput(dw, partial, z.Out, z.In), blockIdx.x * 128, blockIdx.y * 64,
        first, min(first + rowsPerSplit, z.M));
}

// Column sums of dy: 32 columns a block, lanes along them, eight rows at a time. Into db, or partial [gridDim.y,Out]; grid (columns in blocks of 32, splits of rowsPerSplit).
extern "C" __global__ void __launch_bounds__(256) linear_backward_bias_v6(float* __restrict__ db, float* __restrict__ partial, const float* __restrict__ dy,
    LinearSizes z, int rowsPerSplit)
{
    sum_columns(db, partial, dy, z.M, z.Out, rowsPerSplit);
}

// Adds the splits to dw or db in order, a thread an element.
extern "C" __global__ void linear_backward_sum_v6(float* __restrict__ out, const float* __restrict__ partial, long long count, int splits)
{
    sum_splits(out, partial, count, splits);
}
