extern "C" __global__ void redux(int* y, const int* x)
{
    int t = threadIdx.x; int r; unsigned u;
    asm volatile("redux.sync.add.s32 %0, %1, 0xffffffff;" : "=r"(r) : "r"(x[t])); y[t] = r;
    asm volatile("redux.sync.min.s32 %0, %1, 0xffffffff;" : "=r"(r) : "r"(x[t])); y[32 + t] = r;
    asm volatile("redux.sync.max.u32 %0, %1, 0xffffffff;" : "=r"(u) : "r"(x[t])); y[64 + t] = u;
    asm volatile("redux.sync.xor.b32 %0, %1, 0xffffffff;" : "=r"(u) : "r"(x[t])); y[96 + t] = u;
    if (t < 16) { asm volatile("redux.sync.or.b32 %0, %1, 0x0000ffff;" : "=r"(u) : "r"(x[t])); y[128 + t] = u; }
    else { asm volatile("redux.sync.and.b32 %0, %1, 0xffff0000;" : "=r"(u) : "r"(x[t])); y[128 + t] = u; }
}

extern "C" __global__ void segments(int* y, const int* x)
{
    int t = threadIdx.x, v = x[t];
    for (int d = 4; d; d >>= 1) v += __shfl_down_sync(0xffffffff, v, d, 8);
    int first = __shfl_sync(0xffffffff, v, 0, 8);
    int up = __shfl_up_sync(0xffffffff, x[t], 3, 16);
    y[2 * t] = first; y[2 * t + 1] = up;
}

// Producer warps and consumer warps with named barriers.
extern "C" __global__ void named_barriers(int* y, const int* x, int rounds)
{
    __shared__ int box[32];
    int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
    for (int r = 0; r < rounds; r++) {
        if (warp == 0) {
            box[lane] = x[r * 32 + lane] * 2;
            asm volatile("bar.arrive 1, 64;" ::: "memory");
            asm volatile("bar.sync 2, 64;" ::: "memory");
        } else {
            asm volatile("bar.sync 1, 64;" ::: "memory");
            y[r * 32 + lane] = box[31 - lane];
            asm volatile("bar.arrive 2, 64;" ::: "memory");
        }
    }
}

extern "C" __global__ void nbody(float3* force, const float4* body, int n, float eps)
{
    extern __shared__ float4 tile[];
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    float4 me = i < n ? body[i] : make_float4(0, 0, 0, 0);
    float fx = 0, fy = 0, fz = 0;
    for (int base = 0; base < n; base += blockDim.x) {
        if (base + threadIdx.x < n) tile[threadIdx.x] = body[base + threadIdx.x];
        __syncthreads();
        int most = min((int)blockDim.x, n - base);
        for (int j = 0; j < most; j++) {
            float dx = tile[j].x - me.x, dy = tile[j].y - me.y, dz = tile[j].z - me.z;
            float r = rsqrtf(dx * dx + dy * dy + dz * dz + eps);
            float s = tile[j].w * r * r * r;
            fx += dx * s; fy += dy * s; fz += dz * s;
        }
        __syncthreads();
    }
    if (i < n) { force[i].x = fx; force[i].y = fy; force[i].z = fz; }
}

extern "C" __global__ void jacobi(float* u, const float* f, int n, int sweeps)
{
    __shared__ float s[2][66];
    int t = threadIdx.x + 1;
    if (t <= n) { s[0][t] = u[t - 1]; s[1][t] = 0; }
    if (t == 1) { s[0][0] = 0; s[1][0] = 0; s[0][n + 1] = 0; s[1][n + 1] = 0; }
    __syncthreads();
    for (int k = 0; k < sweeps; k++) {
        if (t <= n) s[1 - (k & 1)][t] = 0.5f * (s[k & 1][t - 1] + s[k & 1][t + 1] + f[t - 1]);
        __syncthreads();
    }
    if (t <= n) u[t - 1] = s[sweeps & 1][t];
}

template <typename T, int N> __device__ T reduce(T v)
{
    __shared__ T s[N / 32];
#pragma unroll
    for (int d = 16; d; d >>= 1) v += __shfl_xor_sync(0xffffffff, v, d);
    if (threadIdx.x % 32 == 0) s[threadIdx.x / 32] = v;
    __syncthreads();
    T sum = 0;
#pragma unroll
    for (int i = 0; i < N / 32; i++) sum += s[i];
    return sum;
}

extern "C" __global__ void __launch_bounds__(128) variance(double* y, const float* x, int n)
{
    double sum = 0, square = 0;
    for (int i = threadIdx.x; i < n; i += 128) { sum += x[i]; square += (double)x[i] * x[i]; }
    double mean = reduce<double, 128>(sum) / n;
    __syncthreads();
    double second = reduce<double, 128>(square) / n;
    if (threadIdx.x == 0) { y[0] = mean; y[1] = second - mean * mean; }
}
