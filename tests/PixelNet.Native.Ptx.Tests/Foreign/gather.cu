extern "C" __global__ void gather_rows(float4* __restrict__ out, const float4* __restrict__ table, const int* __restrict__ index, int rows, int width)
{
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < rows * width; i += gridDim.x * blockDim.x)
        out[i] = __ldg(&table[(long long)index[i / width] * width + i % width]);
}

extern "C" __global__ void bilinear_sample(float* out, const float* image, const float2* at, int count, int h, int w)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= count) return;
    float x = fminf(fmaxf(at[i].x, 0.0f), w - 1.0f), y = fminf(fmaxf(at[i].y, 0.0f), h - 1.0f);
    int x0 = (int)floorf(x), y0 = (int)floorf(y);
    int x1 = min(x0 + 1, w - 1), y1 = min(y0 + 1, h - 1);
    float a = x - x0, b = y - y0;
    float top = image[y0 * w + x0] * (1 - a) + image[y0 * w + x1] * a;
    float bottom = image[y1 * w + x0] * (1 - a) + image[y1 * w + x1] * a;
    out[i] = top * (1 - b) + bottom * b;
}

extern "C" __global__ void scatter_add(float* out, const float* values, const int* index, int count)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < count) atomicAdd(&out[index[i]], values[i]);
}

extern "C" __global__ void transpose(float* out, const float* in, int rows, int cols)
{
    __shared__ float tile[32][33];
    int x = blockIdx.x * 32 + threadIdx.x, y = blockIdx.y * 32 + threadIdx.y;
    for (int j = 0; j < 32; j += blockDim.y)
        if (x < cols && y + j < rows) tile[threadIdx.y + j][threadIdx.x] = in[(y + j) * cols + x];
    __syncthreads();
    x = blockIdx.y * 32 + threadIdx.x;
    y = blockIdx.x * 32 + threadIdx.y;
    for (int j = 0; j < 32; j += blockDim.y)
        if (x < rows && y + j < cols) out[(y + j) * rows + x] = tile[threadIdx.x][threadIdx.y + j];
}

struct Window { int x, y, w, h; float scale; short bias; char flag; };

extern "C" __global__ void crop(float* out, const unsigned char* image, Window win, int stride)
{
    int x = threadIdx.x, y = blockIdx.x;
    if (x < win.w && y < win.h)
        out[y * win.w + x] = image[(y + win.y) * stride + x + win.x] * win.scale + win.bias + (win.flag ? 1000 : 0);
}
