__device__ float warp_sum(float v) { for (int d = 16; d; d /= 2) v += __shfl_xor_sync(0xffffffff, v, d); return v; }
__device__ float warp_max(float v) { for (int d = 16; d; d /= 2) v = fmaxf(v, __shfl_xor_sync(0xffffffff, v, d)); return v; }

extern "C" __global__ void softmax(float* y, const float* x, int rows, int cols)
{
    int row = blockIdx.x * blockDim.y + threadIdx.y;
    if (row >= rows) return;
    float most = __int_as_float(0xff800000);
    for (int j = threadIdx.x; j < cols; j += 32) most = fmaxf(most, x[row * cols + j]);
    most = warp_max(most);
    float sum = 0;
    for (int j = threadIdx.x; j < cols; j += 32) sum += expf(x[row * cols + j] - most);
    sum = warp_sum(sum);
    for (int j = threadIdx.x; j < cols; j += 32) y[row * cols + j] = expf(x[row * cols + j] - most) / sum;
}

extern "C" __global__ void layer_norm(float* y, const float* x, const float* gain, const float* bias, int cols, float eps)
{
    __shared__ float part[32];
    __shared__ float mean, inverse;
    const float* row = x + blockIdx.x * cols;
    float sum = 0;
    for (int j = threadIdx.x; j < cols; j += blockDim.x) sum += row[j];
    sum = warp_sum(sum);
    if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x < 32) {
        float v = threadIdx.x < blockDim.x / 32 ? part[threadIdx.x] : 0;
        v = warp_sum(v);
        if (threadIdx.x == 0) mean = v / cols;
    }
    __syncthreads();
    float m = mean, square = 0;
    for (int j = threadIdx.x; j < cols; j += blockDim.x) square += (row[j] - m) * (row[j] - m);
    square = warp_sum(square);
    if (threadIdx.x % 32 == 0) part[threadIdx.x / 32] = square;
    __syncthreads();
    if (threadIdx.x == 0) {
        float v = 0;
        for (int i = 0; i < blockDim.x / 32; i++) v += part[i];
        inverse = rsqrtf(v / cols + eps);
    }
    __syncthreads();
    for (int j = threadIdx.x; j < cols; j += blockDim.x) y[blockIdx.x * cols + j] = (row[j] - m) * inverse * gain[j] + bias[j];
}

// One pass: running maximum and rescaled sum (online softmax), merged across lanes.
extern "C" __global__ void log_sum_exp(float* y, const float* x, int cols)
{
    float most = __int_as_float(0xff800000), sum = 0;
    for (int j = threadIdx.x; j < cols; j += 32) {
        float v = x[blockIdx.x * cols + j], next = fmaxf(most, v);
        sum = sum * expf(most - next) + expf(v - next);
        most = next;
    }
    for (int d = 16; d; d >>= 1) {
        float other = __shfl_down_sync(0xffffffff, most, d), s = __shfl_down_sync(0xffffffff, sum, d), next = fmaxf(most, other);
        sum = sum * expf(most - next) + s * expf(other - next);
        most = next;
    }
    if (threadIdx.x == 0) y[blockIdx.x] = most + logf(sum);
}

// First index of the maximum of each row, by 64-bit keys.
extern "C" __global__ void argmax(int* y, const float* x, int cols)
{
    unsigned long long best = 0;
    for (int j = threadIdx.x; j < cols; j += blockDim.x) {
        unsigned bits = __float_as_uint(x[blockIdx.x * cols + j]);
        bits = bits & 0x80000000u ? ~bits : bits | 0x80000000u;
        unsigned long long key = ((unsigned long long)bits << 32) | (0xffffffffu - j);
        best = key > best ? key : best;
    }
    for (int d = 16; d; d >>= 1) {
        unsigned long long other = __shfl_xor_sync(0xffffffff, best, d);
        best = other > best ? other : best;
    }
    if (threadIdx.x == 0) y[blockIdx.x] = (int)(0xffffffffu - (unsigned)best);
}
