// target compute_70
// Sums of chunks: y[c] = x[128 c] + ... + x[128 c + 127], x [n], y [n/128 rounded up]; the last chunk may be shorter.
//
// A block of 128 threads a chunk: each loads one element to shared memory, then halves are added onto each other.

extern "C" __global__ void chunk_sums(float* y, const float* x, int n)
{
    __shared__ float s[128];
    int t = threadIdx.x, i = blockIdx.x * 128 + t;
    s[t] = x[i];
    __syncthreads();
    for (int half = 64; half > 0; half /= 2)
    {
        if (t < half) s[t] += s[t + half];
        __syncthreads();
    }
    if (t == 0 && i < n) y[blockIdx.x] = s[0];
}
