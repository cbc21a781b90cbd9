// target compute_70
// The head of 1_naive.cu for widths up to 256, fused: a block takes 32 rows through all layers and the loss, and back to dX; between layers the
// rows stay in shared memory, so that activations are only written on the way forward and gradients only on the way back.
//
// Shared memory, dynamic:  rows [32][stride], stride = Widest rounded up to 8, + 4      the block's activations (gradients), 0 beyond their width
//                          input [32][8]                                                8 columns of x (forward only)
//                          tile [8][columns + 4]                                         8 inputs of the layer's weights, columns = 32, 64, 128 or 256
// A thread sums Each rows x Quads runs of four columns: Lanes threads lie side by side along the columns, so that a warp reads weights as neighbouring
// 16-byte words and rows as one word for many. A tile's stride of 4 (mod 32) words and runs of 8 inputs make all of this free of bank conflicts.
#include "pixel_mlp/layers.cuh"
#include "softmax.cuh"
#include "vectors.cuh"

constexpr int Rows = 32, Threads = 256, Step = 8;

__device__ __forceinline__ int padded(int width) { return (width + Step - 1) / Step * Step; }

// One product of the block's rows a [32][aStride] with weights: out[r][c] = sum over k < K of a[r][k] * w(k, c), c from `first`, K in ascending order.
// Forward: w(k, c) = w[c*K + k] and, for the first layer, a comes from x in global memory (else null); backward: w(k, c) = w[k*N + c].
template <int Lanes, int Quads, bool Forward>
struct Product
{
    static constexpr int Columns = 4 * Lanes * Quads, Each = Rows * Lanes / Threads, Loads = Step * Columns / Threads, TileStride = Columns + 4;

    float sum[Each][4 * Quads];

    __device__ __forceinline__ int row(int r) const { return threadIdx.x / Lanes * Each + r; }

    __device__ __forceinline__ int column(int c) const { return c / 4 * 4 * Lanes + threadIdx.x % Lanes * 4 + c % 4; }

    // Place of the thread's load number j in the tile of weights: along the inputs in runs of 8 (forward) or along the columns (backward).
    __device__ __forceinline__ static int tile_k(int j) { return Forward ? threadIdx.x % Step : (threadIdx.x + j * Threads) / Columns; }

    __device__ __forceinline__ static int tile_c(int j) { return Forward ? threadIdx.x / Step + j * (Threads / Step) : (threadIdx.x + j * Threads) % Columns; }

    __device__ __forceinline__ void run(const float* a, int aStride, float* tile, float* input, const float* __restrict__ x, const float* __restrict__ w,
        int rows, int K, int N, int first)
    {
        float weights[Loads], value;
        #pragma unroll
        for (int i = 0; i < Each * 4 * Quads; i++) sum[i / (4 * Quads)][i % (4 * Quads)] = 0;
        int k0 = 0;
        load(weights, value, x, w, rows, K, N, first, 0);
        #pragma unroll 1
        while (k0 < K)
        {
            __syncthreads();
            #pragma unroll
            for (int j = 0; j < Loads; j++) tile[tile_k(j) * TileStride + tile_c(j)] = weights[j];
            if (Forward && x != nullptr) input[threadIdx.x] = value;
            __syncthreads();
            // The next tile is under way while this one is used.
            if (k0 + Step < K) load(weights, value, x, w, rows, K, N, first, k0 + Step);
            bool staged = Forward && x != nullptr;
            multiply(staged ? input : a + k0, staged ? Step : aStride, tile);
            k0 += Step;
        }
        __syncthreads();
    }

    __device__ __forceinline__ static void load(float (&weights)[Loads], float& value, const float* __restrict__ x, const float* __restrict__ w,
        int rows, int K, int N, int first, int k0)
    {
        int k = k0 + tile_k(0), c = first + tile_c(0);
        if (Forward)
        {
            const float* from = w + (long long)c * K + k;
            #pragma unroll
            for (int j = 0; j < Loads; j++, c += Threads / Step, from += Threads / Step * K) weights[j] = k < K && c < N ? *from : 0;
        }
        else
        {
            const float* from = w + (long long)k * N + c;
            #pragma unroll
            for (int j = 0; j < Loads; j++, k += Threads / Columns, from += Threads / Columns * N) weights[j] = k < K && c < N ? *from : 0;
        }
        if (!Forward || x == nullptr) return;
        int r = threadIdx.x / Step;
        value = r < rows && k < K ? x[(long long)r * K + k] : 0;
    }

    __device__ __forceinline__ void multiply(const float* a, int aStride, const float* tile)
    {
        #pragma unroll 1
        for (int k = 0; k < Step; k += 4)
        {
            float4 left[Each];
            #pragma unroll
            for (int r = 0; r < Each; r++) left[r] = *(const float4*)(a + row(r) * aStride + k);
            #pragma unroll
            for (int l = 0; l < 4; l++)
            {
                #pragma unroll
                for (int q = 0; q < Quads; q++)
                {
                    float4 right = *(const float4*)(tile + (k + l) * TileStride + column(4 * q));
                    #pragma unroll
                    for (int r = 0; r < Each; r++)
                    {
                        float v = l == 0 ? left[r].x : l == 1 ? left[r].y : l == 2 ? left[r].z : left[r].w;
                        sum[r][4 * q] = fmaf(v, right.x, sum[r][4 * q]);
                        sum[r][4 * q + 1] = fmaf(v, right.y, sum[r][4 * q + 1]);
                        sum[r][4 * q + 2] = fmaf(v, right.z, sum[r][4 * q + 2]);
                        sum[r][4 * q + 3] = fmaf(v, right.w, sum[r][4 * q + 3]);
                    }
                }
            }
        }
    }

    // The product into the block's rows, with bias and ReLU where given; columns from N to the next multiple of 8 become 0.
    __device__ __forceinline__ void store(float* rows, int stride, int N, const float* __restrict__ bias, bool relu)
    {
        #pragma unroll
        for (int q = 0; q < Quads; q++)
        {
            int c = column(4 * q);
            if (c >= padded(N)) continue;
            #pragma unroll
            for (int r = 0; r < Each; r++)
            {
                float v[4];
                #pragma unroll
                for (int l = 0; l < 4; l++)
                {
                    v[l] = c + l >= N ? 0 : bias == nullptr ? sum[r][4 * q + l] : sum[r][4 * q + l] + bias[c + l];
                    if (relu && v[l] < 0) v[l] = 0;
                }
                *(float4*)(rows + row(r) * stride + c) = make_float4(v[0], v[1], v[2], v[3]);
            }
        }
        __syncthreads();
    }
};

template <int Lanes, int Quads>
__device__ __forceinline__ void forward_layer(float* rows, int stride, float* tile, float* input, const float* x, const float* w, const float* bias,
    int count, int K, int N, bool relu)
{
    Product<Lanes, Quads, true> product;
    product.run(rows, stride, tile, input, x, w, count, K, N, 0);
    product.store(rows, stride, N, bias, relu);
}

// Each element e of the block's rows [count, N], lanes along the elements: element (r, c) of the tile is e = start + r*N + c of the whole tensor.
// A warp takes 128 elements, for which its lanes make 32 calls of the generator; start is a multiple of 32.
template <typename Function>
__device__ __forceinline__ void each_element(float* rows, int stride, int count, int N, long long start, int stream, const StepState* state, Function function)
{
    int lane = threadIdx.x & 31;
    #pragma unroll 1
    for (int g = threadIdx.x / 32 * 128; g < count * N; g += 4 * Threads)
    {
        uint4 words = state != nullptr ? dropout_words(((start + g) >> 2) + lane, stream, state) : make_uint4(0, 0, 0, 0);
        #pragma unroll
        for (int j = 0; j < 4; j++)
        {
            unsigned word = 0;
            if (state != nullptr)
            {
                int source = 8 * j + lane / 4;
                word = word_of(make_uint4(__shfl_sync(0xFFFFFFFFu, words.x, source), __shfl_sync(0xFFFFFFFFu, words.y, source),
                    __shfl_sync(0xFFFFFFFFu, words.z, source), __shfl_sync(0xFFFFFFFFu, words.w, source)), lane & 3);
            }
            int e = g + 32 * j + lane;
            if (e < count * N) function(start + e, e / N, e % N, rows[e / N * stride + e % N], word);
        }
    }
    __syncthreads();
}

// Softmax of the block's rows in place, eight threads a row.
__device__ __forceinline__ LossSums softmax_rows(float* rows, int stride, int count, int L, const int* __restrict__ targets, const float* __restrict__ classWeights)
{
    constexpr int Eight = Threads / Rows;
    int r = threadIdx.x / Eight, first = threadIdx.x % Eight, best = first;
    float* z = rows + r * stride;
    float largest = first < L ? z[first] : z[0], sum = 0;
    if (first >= L) best = 0;
    #pragma unroll 1
    for (int l = first + Eight; l < L; l += Eight)
    {
        if (z[l] > largest) { largest = z[l]; best = l; }
    }
    #pragma unroll
    for (int offset = Eight / 2; offset > 0; offset >>= 1)
    {
        float other = __shfl_xor_sync(0xFFFFFFFFu, largest, offset);
        int at = __shfl_xor_sync(0xFFFFFFFFu, best, offset);
        if (other > largest || (other == largest && at < best)) { largest = other; best = at; }
    }
    int target = r < count ? targets[r] : -1;
    bool counts = target >= 0 && target < L;
    float logit = counts ? z[target] : 0;
    __syncwarp();
    #pragma unroll 1
    for (int l = first; l < L; l += Eight)
    {
        z[l] = exponential(z[l] - largest);
        sum += z[l];
    }
    #pragma unroll
    for (int offset = Eight / 2; offset > 0; offset >>= 1) sum += __shfl_xor_sync(0xFFFFFFFFu, sum, offset);
    float inverse = 1 / sum;
    #pragma unroll 1
    for (int l = first; l < L; l += Eight) z[l] *= inverse;
    __syncthreads();
    LossSums sums = { 0, 0, 0 };
    if (counts && first == 0)
    {
        float weight = class_weight(classWeights, target);
        sums = { weight * (logarithm(sum) - (logit - largest)), weight, best == target ? 1.0f : 0.0f };
    }
    return sums;
}

// All layers and the loss.
extern "C" __global__ void __launch_bounds__(Threads, 2) pixel_mlp_forward_v2(float* loss, PixelMlpLayers mlp, const int* __restrict__ targets,
    const float* __restrict__ classWeights, const StepState* __restrict__ state, LossSums* partials, unsigned* ticket)
{
    extern __shared__ __align__(16) float shared[];
    int stride = padded(mlp.Widest) + 4, m = blockIdx.x * Rows, count = min(Rows, mlp.M - m);
    float* rows = shared;
    float* input = rows + Rows * stride;
    float* tile = input + Rows * Step;
    #pragma unroll 1
    for (int i = 0; i < mlp.Layers; i++)
    {
        int K = mlp.Width[i], N = mlp.Width[i + 1];
        bool hidden = i + 1 < mlp.Layers;
        const float* x = i == 0 ? mlp.X + (long long)m * K : nullptr;
        if (N <= 32) forward_layer<8, 1>(rows, stride, tile, input, x, mlp.W[i], mlp.B[i], count, K, N, hidden);
        else if (N <= 64) forward_layer<16, 1>(rows, stride, tile, input, x, mlp.W[i], mlp.B[i], count, K, N, hidden);
        else if (N <= 128) forward_layer<32, 1>(rows, stride, tile, input, x, mlp.W[i], mlp.B[i], count, K, N, hidden);
        else forward_layer<32, 2>(rows, stride, tile, input, x, mlp.W[i], mlp.B[i], count, K, N, hidden);
        if (!hidden) break;
        float* output = mlp.Output[i];
        unsigned threshold = mlp.Threshold;
        float kept = mlp.Kept;
        each_element(rows, stride, count, N, (long long)m * N, i, threshold > 0 ? state : nullptr, [=](long long e, int, int, float& v, unsigned word)
        {
            if (threshold > 0) v = word < threshold ? 0 : v / kept;
            output[e] = v;
        });
    }
    int L = mlp.Width[mlp.Layers];
    float* probabilities = mlp.Output[mlp.Layers - 1];
    LossSums sums = softmax_rows(rows, stride, count, L, targets + m, classWeights);
    each_element(rows, stride, count, L, (long long)m * L, 0, nullptr, [=](long long e, int, int, float& v, unsigned) { probabilities[e] = v; });
    write_loss(loss, partials, ticket, sums);
}

template <int Lanes, int Quads>
__device__ __forceinline__ void backward_layer(float* rows, int stride, float* tile, const float* w, int count, int K, int N)
{
    Product<Lanes, Quads, false> product;
    product.run(rows, stride, tile, nullptr, nullptr, w, count, K, N, 0);
    product.store(rows, stride, N, nullptr, false);
}

// dX [count, N], 256 columns at a time, straight from the registers: as 16-byte words where rows are multiples of those.
__device__ __forceinline__ void backward_input(float* dX, float* rows, int stride, float* tile, const float* w, int count, int K, int N)
{
    bool vectors = N % 4 == 0 && (unsigned long long)dX % 16 == 0;
    #pragma unroll 1
    for (int first = 0; first < N; first += 256)
    {
        Product<32, 2, false> product;
        product.run(rows, stride, tile, nullptr, nullptr, w, count, K, N, first);
        #pragma unroll
        for (int i = 0; i < product.Each * 2; i++)
        {
            int r = i / 2, q = i % 2, c = first + product.column(4 * q);
            if (product.row(r) >= count) continue;
            float* destination = dX + (long long)product.row(r) * N + c;
            if (vectors && c < N)
                store4(destination, product.sum[r][4 * q], product.sum[r][4 * q + 1], product.sum[r][4 * q + 2], product.sum[r][4 * q + 3]);
            else
            {
                #pragma unroll
                for (int l = 0; l < 4; l++)
                {
                    if (c + l < N) destination[l] = product.sum[r][4 * q + l];
                }
            }
        }
    }
}

// The chain dLogits -> dZ of each layer -> dX.
extern "C" __global__ void __launch_bounds__(Threads, 2) pixel_mlp_backward_v2(PixelMlpLayers mlp, const float* __restrict__ loss,
    const int* __restrict__ targets, const float* __restrict__ classWeights)
{
    extern __shared__ __align__(16) float shared[];
    int stride = padded(mlp.Widest) + 4, m = blockIdx.x * Rows, count = min(Rows, mlp.M - m), last = mlp.Layers - 1, L = mlp.Width[mlp.Layers];
    float* rows = shared;
    float* tile = rows + Rows * stride;
    const float* probabilities = mlp.Output[last];
    float* dLogits = mlp.DOutput[last];
    float S = loss[1];
    #pragma unroll 1
    for (int i = threadIdx.x; i < Rows * stride; i += Threads) rows[i] = 0;
    __syncthreads();
    each_element(rows, stride, count, L, (long long)m * L, 0, nullptr, [=](long long e, int r, int c, float& v, unsigned)
    {
        int target = targets[m + r];
        bool counts = target >= 0 && target < L && S != 0;
        float factor = counts ? class_weight(classWeights, target) / S : 0;
        v = counts ? factor * (probabilities[e] - (c == target ? 1 : 0)) : 0;
        dLogits[e] = v;
    });
    #pragma unroll 1
    for (int i = last; i > 0; i--)
    {
        int K = mlp.Width[i + 1], N = mlp.Width[i];
        if (N <= 32) backward_layer<8, 1>(rows, stride, tile, mlp.W[i], count, K, N);
        else if (N <= 64) backward_layer<16, 1>(rows, stride, tile, mlp.W[i], count, K, N);
        else if (N <= 128) backward_layer<32, 1>(rows, stride, tile, mlp.W[i], count, K, N);
        else backward_layer<32, 2>(rows, stride, tile, mlp.W[i], count, K, N);
        const float* activation = mlp.Output[i - 1];
        float* dz = mlp.DOutput[i - 1];
        float kept = mlp.Kept;
        each_element(rows, stride, count, N, (long long)m * N, 0, nullptr, [=](long long e, int, int, float& v, unsigned)
        {
            v = activation[e] > 0 ? v / kept : 0;
            dz[e] = v;
        });
    }
    if (mlp.DX != nullptr) backward_input(mlp.DX + (long long)m * mlp.Width[0], rows, stride, tile, mlp.W[0], count, mlp.Width[1], mlp.Width[0]);
}
