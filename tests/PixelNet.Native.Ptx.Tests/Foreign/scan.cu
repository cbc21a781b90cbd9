extern "C" __global__ void scan_hillis(int* y, const int* x, int n)
{
    extern __shared__ int buffer[];
    int t = threadIdx.x, from = 0;
    buffer[t] = t < n ? x[t] : 0;
    __syncthreads();
    for (int d = 1; d < blockDim.x; d <<= 1) {
        int to = 1 - from;
        buffer[to * blockDim.x + t] = buffer[from * blockDim.x + t] + (t >= d ? buffer[from * blockDim.x + t - d] : 0);
        from = to;
        __syncthreads();
    }
    if (t < n) y[t] = buffer[from * blockDim.x + t];
}

extern "C" __global__ void scan_blelloch(float* y, const float* x, int n)
{
    extern __shared__ float temp[];
    int t = threadIdx.x, offset = 1;
    temp[2 * t] = x[2 * t];
    temp[2 * t + 1] = x[2 * t + 1];
    for (int d = n >> 1; d > 0; d >>= 1) {
        __syncthreads();
        if (t < d) temp[offset * (2 * t + 2) - 1] += temp[offset * (2 * t + 1) - 1];
        offset *= 2;
    }
    if (t == 0) temp[n - 1] = 0;
    for (int d = 1; d < n; d *= 2) {
        offset >>= 1;
        __syncthreads();
        if (t < d) {
            int a = offset * (2 * t + 1) - 1, b = offset * (2 * t + 2) - 1;
            float v = temp[a];
            temp[a] = temp[b];
            temp[b] += v;
        }
    }
    __syncthreads();
    y[2 * t] = temp[2 * t];
    y[2 * t + 1] = temp[2 * t + 1];
}

extern "C" __global__ void scan_warps(int* y, const int* x, int n)
{
    __shared__ int sums[32];
    int i = blockIdx.x * blockDim.x + threadIdx.x, lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    int v = i < n ? x[i] : 0;
    for (int d = 1; d < 32; d <<= 1) {
        int up = __shfl_up_sync(0xffffffff, v, d);
        if (lane >= d) v += up;
    }
    if (lane == 31) sums[warp] = v;
    __syncthreads();
    if (warp == 0) {
        int s = lane < blockDim.x / 32 ? sums[lane] : 0;
        for (int d = 1; d < 32; d <<= 1) {
            int up = __shfl_up_sync(0xffffffff, s, d);
            if (lane >= d) s += up;
        }
        if (lane < blockDim.x / 32) sums[lane] = s;
    }
    __syncthreads();
    if (i < n) y[i] = v + (warp > 0 ? sums[warp - 1] : 0);
}

// Blocks wait for their predecessor's prefix (order by ticket, so the predecessor always runs).
extern "C" __global__ void scan_chained(int* y, const int* x, int n, volatile int* prefix, volatile int* flag, int* ticket)
{
    __shared__ int block, before, sums[8];
    if (threadIdx.x == 0) block = atomicAdd(ticket, 1);
    __syncthreads();
    int i = block * blockDim.x + threadIdx.x, lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    int v = i < n ? x[i] : 0;
    for (int d = 1; d < 32; d <<= 1) {
        int up = __shfl_up_sync(0xffffffff, v, d);
        if (lane >= d) v += up;
    }
    if (lane == 31) sums[warp] = v;
    __syncthreads();
    int add = 0;
    for (int w = 0; w < warp; w++) add += sums[w];
    v += add;
    if (threadIdx.x == blockDim.x - 1) {
        int p = 0;
        if (block > 0) {
            while (flag[block - 1] == 0) { }
            __threadfence();
            p = prefix[block - 1];
        }
        prefix[block] = p + v;
        __threadfence();
        flag[block] = 1;
        before = p;
    }
    __syncthreads();
    if (i < n) y[i] = v + before;
}
