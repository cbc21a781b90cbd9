// target compute_70
// Convolution as matrix products whose operands are read where they lie (formulas: 1_direct.cu, operands: operands.cuh, product: gemm_fp32.cuh).
//
//   forward   y  [pixels,K]  = windows of x [pixels,R*S*C] times w^T [R*S*C,K], then bias and ReLU
//   backward  dx [pixels,C]  = windows of dy [pixels,R*S*K] times the filters turned by 180 degrees [R*S*K,C], then the mask
//             dw [K,R*S*C]  += dy^T [K,pixels] times windows of x [pixels,R*S*C], the pixels split over gridDim.z
//
// Each pass exists for two tiles: v2, 64 x 16, for few channels, and v3, 128 x 64. Grid: (rows, columns, splits) in tiles.
#include "conv2d/operands.cuh"
#include "gemm_fp32.cuh"
#include "split_sums.cuh"

template <class T>
__device__ __forceinline__ void forward(float* y, const float* x, const float* w, const float* b, Conv2dSizes z, int relu)
{
    auto windows = Windows::of_input(x, z);
    multiply_tile<T>(windows, RowMajor(w, z.K, windows.depth), BiasOutput(y, b, windows.pixels, z.K, relu), blockIdx.x * T::M, blockIdx.y * T::N, 0, windows.depth);
}

template <class T>
__device__ __forceinline__ void backward_input(float* dx, const float* dy, const float* w, const float* activation, Conv2dSizes z)
{
    auto windows = Windows::of_output_gradient(dy, z);
    multiply_tile<T>(windows, FiltersAcross(w, z), MaskedOutput(dx, activation, 1, windows.pixels, z.C), blockIdx.x * T::M, blockIdx.y * T::N, 0, windows.depth);
}

// Split s sums the pixels s*pixelsPerSplit .. of dy and x; pixelsPerSplit is a multiple of 16.
template <class T>
__device__ __forceinline__ void backward_weight(float* dw, float* partial, const float* dy, const float* x, Conv2dSizes z, int pixelsPerSplit)
{
    WindowsAcross windows(x, z);
    int first = blockIdx.z * pixelsPerSplit;
    multiply_tile<T>(ColumnMajor(dy, z.K, windows.pixels), windows, SplitOutput(dw, partial, z.K, windows.columns), blockIdx.x * T::M, blockIdx.y * T::N,
        first, min(first + pixelsPerSplit, windows.pixels));
}

// Implicit GEMM, 64 pixels x 16 filters a block, 4 x 4 sums a thread: for few channels.
extern "C" __global__ void __launch_bounds__(64, 10) conv2d_forward_v2(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w,
    const float* __restrict__ b, Conv2dSizes z, int relu)
{
    forward<Tile<64, 16, 1, 1, 16>>(y, x, w, b, z, relu);
}

// Implicit GEMM, 128 pixels x 64 filters a block, 8 x 8 sums a thread.
extern "C" __global__ void __launch_bounds__(128, 3) conv2d_forward_v3(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w,
    const float* __restrict__ b, Conv2dSizes z, int relu)
{
    forward<Tile<128, 64, 2, 2, 16>>(y, x, w, b, z, relu);
}

// Implicit GEMM, 64 pixels x 16 channels a block, 4 x 4 sums a thread: for few channels.
extern "C" __global__ void __launch_bounds__(64, 10) conv2d_backward_input_v2(float* __restrict__ dx, const float* __restrict__ dy, const float* __restrict__ w,
    const float* __restrict__ activation, Conv2dSizes z)
{
    backward_input<Tile<64, 16, 1, 1, 16>>(dx, dy, w, activation, z);
}

// Implicit GEMM, 128 pixels x 64 channels a block, 8 x 8 sums a thread.
extern "C" __global__ void __launch_bounds__(128, 3) conv2d_backward_input_v3(float* __restrict__ dx, const float* __restrict__ dy, const float* __restrict__ w,
    const float* __restrict__ activation, Conv2dSizes z)
{
    backward_input<Tile<128, 64, 2, 2, 16>>(dx, dy, w, activation, z);
}

// Implicit GEMM, 16 filters x 64 taps and channels a block, pixels split over the grid, 4 x 4 sums a thread: for few filters.
extern "C" __global__ void __launch_bounds__(64, 10) conv2d_backward_weight_v2(float* __restrict__ dw, float* __restrict__ partial, const float* __restrict__ dy,
    const float* __restrict__ x, Conv2dSizes z, int pixelsPerSplit)
{
    backward_weight<Tile<16, 64, 1, 1, 16>>(dw, partial, dy, x, z, pixelsPerSplit);
}

// Implicit GEMM, 64 filters x 128 taps and channels a block, pixels split over the grid, 8 x 8 sums a thread.
extern "C" __global__ void __launch_bounds__(128, 3) conv2d_backward_weight_v3(float* __restrict__ dw, float* __restrict__ partial, const float* __restrict__ dy,
    const float* __restrict__ x, Conv2dSizes z, int pixelsPerSplit)
{
    backward_weight<Tile<64, 128, 2, 2, 16>>(dw, partial, dy, x, z, pixelsPerSplit);
}

// Column sums of dy: 32 filters a block, lanes along them, eight pixels at a time. Into db, or partial [gridDim.y,K]; grid (channels in blocks of 32, splits of
// pixelsPerSplit).
extern "C" __global__ void __launch_bounds__(256) conv2d_backward_bias_v2(float* __restrict__ db, float* __restrict__ partial, const float* __restrict__ dy,
    Conv2dSizes z, int pixelsPerSplit)
{
    sum_columns(db, partial, dy, z.N * z.P() * z.Q(), z.K, pixelsPerSplit);
}

// Adds the splits to dw or db in order, a thread an element.
extern "C" __global__ void conv2d_backward_sum_v2(float* __restrict__ out, const float* __restrict__ partial, long long count, int splits)
{
    sum_splits(out, partial, count, splits);
}
