__constant__ float weights[9] = { 1, 2, 1, 2, 4, 2, 1, 2, 1 };
__constant__ int lookup[4][3] = { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 }, { 10, 11, 12 } };
__device__ float scale = 0.0625f;
__device__ int counter;
__device__ const char text[] = "emulator";

extern "C" __global__ void blur(float* y, const float* x, int h, int w)
{
    __shared__ float tile[10][18];
    int c = blockIdx.x * 16 + threadIdx.x, r = blockIdx.y * 8 + threadIdx.y;
    for (int i = threadIdx.y; i < 10; i += 8)
        for (int j = threadIdx.x; j < 18; j += 16) {
            int rr = min(max((int)blockIdx.y * 8 + i - 1, 0), h - 1), cc = min(max((int)blockIdx.x * 16 + j - 1, 0), w - 1);
            tile[i][j] = x[rr * w + cc];
        }
    __syncthreads();
    if (r >= h || c >= w) return;
    float sum = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) sum += weights[3 * i + j] * tile[threadIdx.y + i][threadIdx.x + j];
    y[r * w + c] = sum * scale;
}

extern "C" __global__ void constants(int* y)
{
    int t = threadIdx.x;
    y[t] = lookup[t & 3][t % 3] * 1000 + text[t % 8];
    if (t == 0) atomicAdd(&counter, 5);
    __syncthreads();
    if (t == 31) y[t] = counter;
}

// Two arrays of different types in dynamic shared memory.
extern "C" __global__ void two_arrays(double* y, const double* x, const int* order, int n)
{
    extern __shared__ __align__(16) char pool[];
    double* values = (double*)pool;
    int* indices = (int*)(values + n);
    int t = threadIdx.x;
    values[t] = x[t];
    indices[t] = order[t];
    __syncthreads();
    y[t] = values[indices[t]] * 2;
}

extern "C" __global__ void vectors(short4* a, uchar4* b, int2* c, double2* d, const uchar4* x, int n)
{
    int i = threadIdx.x;
    if (i >= n) return;
    uchar4 v = x[i];
    a[i] = make_short4(v.x, -v.y, v.z * 2, v.w - 300);
    b[i] = make_uchar4(v.w, v.z, v.y, v.x);
    c[i] = make_int2(v.x + v.y, v.z * v.w);
    d[i] = make_double2(v.x / 3.0, v.y * 0.5);
}

extern "C" __global__ void generic_pointer(int* y, int which)
{
    __shared__ int s[32];
    int l[4] = { 1, 2, 3, 4 };
    s[threadIdx.x] = threadIdx.x * 10;
    __syncthreads();
    int* p = which == 0 ? s : which == 1 ? l : y;
    if (which == 2) y[threadIdx.x] = threadIdx.x + 5;
    y[threadIdx.x] = p[which == 1 ? threadIdx.x & 3 : threadIdx.x] + 1;
}

__shared__ int flags[4];

extern "C" __global__ void votes(int* y, const int* x)
{
    int t = threadIdx.x, v = x[t];
    int any = __any_sync(0xffffffff, v > 50), all = __all_sync(0xffffffff, v >= 0);
    unsigned mask = __ballot_sync(0xffffffff, v & 1);
    int count = __syncthreads_count(v > 10), both = __syncthreads_and(v > 0), one = __syncthreads_or(v == 63);
    unsigned active = 0;
    if (v & 1) active = __activemask();
    flags[t & 3] = 7;
    __syncthreads();
    y[t] = any + 2 * all + 4 * both + 8 * one + 16 * count + ((mask ^ active) == 0 || !(v & 1) ? 0 : 1 << 20) + (flags[t & 3] - 7);
}

extern "C" __global__ void life(unsigned char* cells, int h, int w, int steps)
{
    extern __shared__ unsigned char grid[];
    int t = threadIdx.x, n = h * w;
    for (int i = t; i < n; i += blockDim.x) grid[i] = cells[i];
    __syncthreads();
    for (int s = 0; s < steps; s++) {
        unsigned char* now = grid + (s & 1) * n; unsigned char* next = grid + (1 - (s & 1)) * n;
        for (int i = t; i < n; i += blockDim.x) {
            int r = i / w, c = i % w, k = 0;
            for (int dr = -1; dr <= 1; dr++)
                for (int dc = -1; dc <= 1; dc++)
                    if (dr || dc) k += now[(r + dr + h) % h * w + (c + dc + w) % w];
            next[i] = k == 3 || (k == 2 && now[i]);
        }
        __syncthreads();
    }
    for (int i = t; i < n; i += blockDim.x) cells[i] = grid[(steps & 1) * n + i];
}
