// target compute_70
// y [count] = value. One thread an element; the grid covers count.

extern "C" __global__ void fill_forward_v1(float* y, long long count, float value)
{
    long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (i < count) y[i] = value;
}
