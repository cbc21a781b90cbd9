// target compute_70
// Parameter gradients of the head, all layers in one launch: dw_i [Out,In] += dz_i^T h_i, db_i [Out] += column sums of dz_i, in one order of sums.
//
// A block takes a tile of 64 x 64 weights of one layer (grid x counts the tiles of all layers) and the rows of one split (grid y): it walks them in
// steps of 16 through shared memory, lanes along the columns of dz and h, 4 x 4 sums a thread. With one split it adds to dw and db itself; with more
// it leaves partials [splits][size of all layers], which the reducing launch adds in the order of the splits. Each layer has its weights, then its
// bias there, both from multiples of 4 elements on.
#include "pixel_mlp/layers.cuh"
#include "vectors.cuh"

constexpr int Tile = 64, Threads = 256, Step = 16;

__device__ __forceinline__ long long fours(long long count) { return (count + 3) / 4 * 4; }

__device__ __forceinline__ long long parameters(const PixelMlpLayers& mlp, int i)
{
    return fours((long long)mlp.Width[i] * mlp.Width[i + 1]) + fours(mlp.Width[i + 1]);
}

// Step rows of 64 columns, from row m of source [.., width]: four elements a thread.
__device__ __forceinline__ void load(float (&values)[4], const float* __restrict__ source, int width, int column, int m, int end)
{
    #pragma unroll
    for (int j = 0; j < 4; j++)
    {
        int row = m + threadIdx.x / Tile + j * (Threads / Tile), c = column + threadIdx.x % Tile;
        values[j] = row < end && c < width ? source[(long long)row * width + c] : 0;
    }
}

extern "C" __global__ void __launch_bounds__(Threads, 3) pixel_mlp_backward_weight_v2(PixelMlpLayers mlp, float* __restrict__ partials)
{
    __shared__ __align__(16) float left[Step][Tile], right[Step][Tile];
    int tile = blockIdx.x, i = 0;
    long long offset = 0, total = 0;
    #pragma unroll 1
    for (int l = 0, before = 0; l < mlp.Layers; l++)
    {
        int tiles = ((mlp.Width[l] + Tile - 1) / Tile) * ((mlp.Width[l + 1] + Tile - 1) / Tile);
        if (blockIdx.x >= before && blockIdx.x < before + tiles) { i = l; tile = blockIdx.x - before; offset = total; }
        before += tiles;
        total += parameters(mlp, l);
    }
    int In = mlp.Width[i], Out = mlp.Width[i + 1], across = (In + Tile - 1) / Tile;
    int o0 = tile / across * Tile, i0 = tile % across * Tile;
    const float* dz = mlp.DOutput[i];
    const float* h = i == 0 ? mlp.X : mlp.Output[i - 1];
    int m = (int)((long long)mlp.M * blockIdx.y / gridDim.y), end = (int)((long long)mlp.M * (blockIdx.y + 1) / gridDim.y);
    int ty = threadIdx.x / 16, tx = threadIdx.x % 16;
    float sum[4][4] = {}, bias = 0, a[4], b[4];
    load(a, dz, Out, o0, m, end);
    load(b, h, In, i0, m, end);
    #pragma unroll 1
    for (; m < end; m += Step)
    {
        __syncthreads();
        #pragma unroll
        for (int j = 0; j < 4; j++)
        {
            left[threadIdx.x / Tile + j * (Threads / Tile)][threadIdx.x % Tile] = a[j];
            right[threadIdx.x / Tile + j * (Threads / Tile)][threadIdx.x % Tile] = b[j];
        }
        __syncthreads();
        load(a, dz, Out, o0, m + Step, end);
        load(b, h, In, i0, m + Step, end);
        #pragma unroll 4
        for (int k = 0; k < Step; k++)
        {
            float4 u = *(const float4*)&left[k][4 * ty], v = *(const float4*)&right[k][4 * tx];
            float us[4] = { u.x, u.y, u.z, u.w }, vs[4] = { v.x, v.y, v.z, v.w };
            #pragma unroll
            for (int e = 0; e < 16; e++) sum[e / 4][e % 4] = fmaf(us[e / 4], vs[e % 4], sum[e / 4][e % 4]);
        }
        if (i0 == 0 && threadIdx.x < Tile)
        {
            #pragma unroll 1
            for (int k = 0; k < Step; k++) bias += left[k][threadIdx.x];
        }
    }
    bool alone = gridDim.y == 1;
    float* dw = alone ? mlp.DW[i] : partials + blockIdx.y * total + offset;
    float* db = alone ? mlp.DB[i] : partials + blockIdx.y * total + offset + fours((long long)In * Out);
    bool vectors = In % 4 == 0 && (unsigned long long)dw % 16 == 0;
    #pragma unroll
    for (int r = 0; r < 4; r++)
    {
        int o = o0 + 4 * ty + r, c = i0 + 4 * tx;
        if (o >= Out) break;
        float* destination = dw + (long long)o * In + c;
        if (vectors && c < In)
        {
            float4 v = alone ? *(float4*)destination : make_float4(0, 0, 0, 0);
            store4(destination, v.x + sum[r][0], v.y + sum[r][1], v.z + sum[r][2], v.w + sum[r][3]);
        }
        else
        {
            #pragma unroll
            for (int l = 0; l < 4; l++)
            {
                if (c + l < In) destination[l] = alone ? destination[l] + sum[r][l] : sum[r][l];
            }
        }
    }
    if (i0 == 0 && threadIdx.x < Tile && o0 + threadIdx.x < Out) db[o0 + threadIdx.x] = alone ? db[o0 + threadIdx.x] + bias : bias;
}

// dw, db += the partials in the order of the splits: a thread an element, grid row y is layer y.
extern "C" __global__ void pixel_mlp_backward_reduce_v2(PixelMlpLayers mlp, const float* __restrict__ partials, int splits)
{
    int i = blockIdx.y;
    long long offset = 0, total = 0, weights = (long long)mlp.Width[i] * mlp.Width[i + 1], e = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    #pragma unroll 1
    for (int l = 0; l < mlp.Layers; l++)
    {
        if (l == i) offset = total;
        total += parameters(mlp, l);
    }
    if (e >= weights + mlp.Width[i + 1]) return;
    bool bias = e >= weights;
    const float* source = partials + offset + (bias ? fours(weights) - weights : 0) + e;
    float sum = 0;
    #pragma unroll 1
    for (int s = 0; s < splits; s++) sum += source[s * total];
    if (bias) mlp.DB[i][e - weights] += sum;
    else mlp.DW[i][e] += sum;
}
