// target compute_70
// y[i] = a x[i], x and y [n].
//
// A thread an element; the grid is n rounded up to whole blocks of 128 threads.

extern "C" __global__ void scale(float* y, const float* x, float a, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    y[i] = a * x[i];
}
