#define T 16
extern "C" __global__ void gemm_tiled(float* c, const float* a, const float* b, int m, int n, int k)
{
    __shared__ float sa[T][T], sb[T][T];
    int row = blockIdx.y * T + threadIdx.y, col = blockIdx.x * T + threadIdx.x;
    float sum = 0;
    for (int t = 0; t < (k + T - 1) / T; t++) {
        sa[threadIdx.y][threadIdx.x] = row < m && t * T + threadIdx.x < k ? a[row * k + t * T + threadIdx.x] : 0;
        sb[threadIdx.y][threadIdx.x] = col < n && t * T + threadIdx.y < k ? b[(t * T + threadIdx.y) * n + col] : 0;
        __syncthreads();
        for (int i = 0; i < T; i++) sum += sa[threadIdx.y][i] * sb[i][threadIdx.x];
        __syncthreads();
    }
    if (row < m && col < n) c[row * n + col] = sum;
}

extern "C" __global__ void gemm_double(double* c, const double* a, const double* b, int m, int n, int k)
{
    int row = blockIdx.y * blockDim.y + threadIdx.y, col = blockIdx.x * blockDim.x + threadIdx.x;
    if (row >= m || col >= n) return;
    double sum = 0;
    for (int i = 0; i < k; i++) sum = fma(a[row * k + i], b[i * n + col], sum);
    c[row * n + col] = sum;
}

// 64 x 64 tile, 4 x 4 a thread, double buffered.
extern "C" __global__ void __launch_bounds__(256) gemm_register(float* __restrict__ c, const float* __restrict__ a, const float* __restrict__ b, int m, int n, int k)
{
    __shared__ float4 sa[2][8][16], sb[2][8][16];
    int t = threadIdx.x, tx = t % 16, ty = t / 16;
    float acc[4][4] = {};
    int bm = blockIdx.y * 64, bn = blockIdx.x * 64;
    float* fa = (float*)sa; float* fb = (float*)sb;
    int stage = 0;
    for (int k0 = 0; k0 < k; k0 += 8) {
        for (int i = t; i < 512; i += 256) {
            int kk = i / 64, x = i % 64;
            fa[stage * 512 + kk * 64 + x] = bm + x < m && k0 + kk < k ? a[(bm + x) * k + k0 + kk] : 0.0f;
            fb[stage * 512 + kk * 64 + x] = bn + x < n && k0 + kk < k ? b[(k0 + kk) * n + bn + x] : 0.0f;
        }
        __syncthreads();
#pragma unroll
        for (int kk = 0; kk < 8; kk++) {
            float4 x = sa[stage][kk][ty], y = sb[stage][kk][tx];
            float xs[4] = { x.x, x.y, x.z, x.w }, ys[4] = { y.x, y.y, y.z, y.w };
#pragma unroll
            for (int i = 0; i < 4; i++)
#pragma unroll
                for (int j = 0; j < 4; j++) acc[i][j] += xs[i] * ys[j];
        }
        stage ^= 1;
    }
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 4; j++)
            if (bm + ty * 4 + i < m && bn + tx * 4 + j < n) c[(bm + ty * 4 + i) * n + bn + tx * 4 + j] = acc[i][j];
}

extern "C" __global__ void gemv(float* y, const float* a, const float* x, int m, int n)
{
    int row = blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32, lane = threadIdx.x % 32;
    if (row >= m) return;
    float sum = 0;
    for (int j = lane; j < n; j += 32) sum += a[row * n + j] * x[j];
    for (int d = 16; d > 0; d >>= 1) sum += __shfl_down_sync(0xffffffff, sum, d);
    if (lane == 0) y[row] = sum;
}
