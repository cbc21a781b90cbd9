// target compute_70
// Grey image: y[row,col] = mean of the three colours of rgb[row,col], y [H,W], rgb [H,W,3], both row-major.
//
// A thread a pixel in blocks of 32 x 4.

extern "C" __global__ void grey(float* y, const float* rgb, int H, int W)
{
    int col = blockIdx.x * blockDim.x + threadIdx.x, row = blockIdx.y * blockDim.y + threadIdx.y;
    if (row >= H || col >= W) return;
    const float* pixel = rgb + 3 * (row * W + col);
    y[row * W + col] = (pixel[0] + pixel[1] + pixel[2]) / 3;
}
