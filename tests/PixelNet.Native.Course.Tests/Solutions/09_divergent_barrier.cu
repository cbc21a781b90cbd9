// target compute_70
// Largest element of each chunk of 128: y[c] = max(x[128 c], ..., x[128 c + 127]), x [n], y [n/128 rounded up]; the last chunk may be shorter.
//
// A block of 128 threads a chunk; halves are compared with each other in shared memory.

extern "C" __global__ void chunk_max(float* y, const float* x, int n)
{
    __shared__ float s[128];
    int t = threadIdx.x;
    s[t] = x[min(blockIdx.x * 128 + t, n - 1)];
    __syncthreads();
    for (int half = 64; half > 0; half /= 2)
    {
        if (t < half) s[t] = fmaxf(s[t], s[t + half]);
        __syncthreads();
    }
    if (t == 0) y[blockIdx.x] = s[0];
}
