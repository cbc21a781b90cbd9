extern "C" __global__ void histogram(unsigned* bins, const unsigned char* x, int n)
{
    __shared__ unsigned local[256];
    for (int i = threadIdx.x; i < 256; i += blockDim.x) local[i] = 0;
    __syncthreads();
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) atomicAdd(&local[x[i]], 1u);
    __syncthreads();
    for (int i = threadIdx.x; i < 256; i += blockDim.x) if (local[i]) atomicAdd(&bins[i], local[i]);
}

__device__ float atomic_max(float* p, float v)
{
    int* q = (int*)p, old = *q;
    while (__int_as_float(old) < v) {
        int assumed = old;
        old = atomicCAS(q, assumed, __float_as_int(v));
        if (old == assumed) break;
    }
    return __int_as_float(old);
}

extern "C" __global__ void max_by_cas(float* out, const float* x, int n)
{
    __shared__ float best;
    if (threadIdx.x == 0) best = __int_as_float(0xff800000);
    __syncthreads();
    for (int i = threadIdx.x; i < n; i += blockDim.x) {
        int old = atomicAdd((int*)&best, 0);
        while (__int_as_float(old) < x[i]) {
            int seen = atomicCAS((int*)&best, old, __float_as_int(x[i]));
            if (seen == old) break;
            old = seen;
        }
    }
    __syncthreads();
    if (threadIdx.x == 0) *out = best;
}

// Lanes with the same key add once.
extern "C" __global__ void aggregated(unsigned* counts, const int* keys, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    unsigned active = __ballot_sync(0xffffffff, i < n);
    if (i < n) {
        unsigned same = __match_any_sync(active, (unsigned)keys[i]);
        int leader = __ffs(same) - 1;
        if ((threadIdx.x & 31) == leader) atomicAdd(&counts[keys[i]], (unsigned)__popc(same));
    }
}

extern "C" __global__ void all_kinds(int* s, unsigned* u, unsigned long long* l, float* f, double* d)
{
    int t = threadIdx.x;
    atomicAdd(&s[0], t); atomicMin(&s[1], t - 7); atomicMax(&s[2], 3 * t); atomicAnd(&s[3], ~(1 << (t % 32))); atomicOr(&s[4], 1 << (t % 32)); atomicXor(&s[5], t); atomicSub(&s[6], t);
    atomicMin(&u[0], (unsigned)t + 5); atomicMax(&u[1], (unsigned)t); atomicInc(&u[2], 9); atomicDec(&u[3], 6); atomicCAS(&u[4], 0u, 77u);
    atomicAdd(&l[0], (unsigned long long)t << 33);
    atomicAdd(f, 0.5f * t);
    atomicAdd(d, 0.25 * t);
}

// The last block to finish adds up what all have written.
extern "C" __global__ void last_block(double* out, volatile double* parts, const float* x, int n, unsigned* done)
{
    __shared__ double sums[32];
    __shared__ bool isLast;
    double v = 0;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) v += x[i];
    for (int d = 16; d; d >>= 1) v += __shfl_down_sync(0xffffffff, v, d);
    if ((threadIdx.x & 31) == 0) sums[threadIdx.x >> 5] = v;
    __syncthreads();
    if (threadIdx.x == 0) {
        double sum = 0;
        for (int i = 0; i < blockDim.x / 32; i++) sum += sums[i];
        parts[blockIdx.x] = sum;
        __threadfence();
        isLast = atomicInc(done, gridDim.x) == gridDim.x - 1;
    }
    __syncthreads();
    if (isLast && threadIdx.x == 0) {
        double sum = 0;
        for (int i = 0; i < gridDim.x; i++) sum += parts[i];
        *out = sum;
    }
}

extern "C" __global__ void spin_lock(int* lock, int* value)
{
    if (threadIdx.x % 32 == 0) {
        while (atomicCAS(lock, 0, 1) != 0) { }
        __threadfence();
        *(volatile int*)value += 1;
        __threadfence();
        atomicExch(lock, 0);
    }
}
