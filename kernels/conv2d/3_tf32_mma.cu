// target compute_80
// Convolution as matrix products on the tensor cores, operands rounded to TF32 (formulas: 1_direct.cu, products: 2_implicit_gemm.cu, gemm_tf32.cuh).
// The sums over splits and the bias gradient are those of rung 2.
//
// Grid: (rows, columns, splits) in tiles of 128 x 64 (weight gradient: 64 x 128); 128 threads, four warps of 64 x 32 (32 x 64) sums each.
#include "conv2d/operands.cuh"
#include "gemm_tf32.cuh"

// Implicit GEMM on the tensor cores, 128 pixels x 64 filters a block.
extern "C" __global__ void __launch_bounds__(128, 3) conv2d_forward_tf32_v4(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w,
    const float* __restrict__ b, Conv2dSizes z, int relu)
{
    auto windows = Windows::of_input(x, z);
    multiply_tile_tf32<MmaTile<128, 64, 2, 2>>(windows, RowMajor(w, z.K, windows.depth), BiasOutput(y, b, windows.pixels, z.K, relu),
        blockIdx.x * 128, blockIdx.y * 64, 0, windows.depth);
}

// Implicit GEMM on the tensor cores, 128 pixels x 64 channels a block.
extern "C" __global__ void __launch_bounds__(128, 3) conv2d_backward_input_tf32_v4(float* __restrict__ dx, const float* __restrict__ dy,
    const float* __restrict__ w, const float* __restrict__ activation, Conv2dSizes z)
{
    auto windows = Windows::of_output_gradient(dy, z);
    multiply_tile_tf32<MmaTile<128, 64, 2, 2>>(windows, FiltersAcross(w, z), MaskedOutput(dx, activation, 1, windows.pixels, z.C),
        blockIdx.x * 128, blockIdx.y * 64, 0, windows.depth);
}

// Implicit GEMM on the tensor cores, 64 filters x 128 taps and channels a block. Split s sums the pixels s*pixelsPerSplit .. of dy and x;
// pixelsPerSplit is a multiple of 16. One split adds to dw, several write partial [splits,K,R*S*C].
extern "C" __global__ void __launch_bounds__(128, 3) conv2d_backward_weight_tf32_v4(float* __restrict__ dw, float* __restrict__ partial,
    const float* __restrict__ dy, const float* __restrict__ x, Conv2dSizes z, int pixelsPerSplit)
{
    WindowsAcross windows(x, z);
    int first = blockIdx.z * pixelsPerSplit;
    multiply_tile_tf32<MmaTile<64, 128, 2, 2>>(ColumnMajor(dy, z.K, windows.pixels), windows, SplitOutput(dw, partial, z.K, windows.columns),
        blockIdx.x * 64, blockIdx.y * 128, first, min(first + pixelsPerSplit, windows.pixels));
}
