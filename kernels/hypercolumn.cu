// target compute_70
// The hypercolumn: columns Column .. Column+C-1 of x [M,D] from a map [N,H,W,C] of each level; samples [M,3] = (image, y, x). Twins: Layers/Hypercolumn.cs.
//
//   forward   x[m,d] = (h[m,d] - mean[d]) * inverseDeviation[d], h the bilinear value at the sample (hypercolumn_coords.cuh)
//   backward  dMap[cell] = or += inverseDeviation * sum over the cell's entries (m, weight) of weight * dX[m,d], entries in fixed order; then, where
//             an activation is given, 0 wherever it is not positive, in cells that no sample touches too
//
// mean, inverseDeviation and activation may be null. Rungs with 16-byte lanes fall back to words where C, Column, D or an
// address is no multiple of that.
#include "hypercolumn_coords.cuh"
#include "vectors.cuh"

struct HypercolumnLevel { int N, H, W, C, Stride, Column; };

__device__ __forceinline__ float bilinear(const float* map, const HypercolumnLevel& level, int n, Corner y, Corner x, int c)
{
    const float* top = map + ((long long)n * level.H + y.first) * level.W * level.C + c;
    const float* bottom = map + ((long long)n * level.H + y.second) * level.W * level.C + c;
    float left = (1 - x.fraction), right = x.fraction;
    return (1 - y.fraction) * (left * top[(long long)x.first * level.C] + right * top[(long long)x.second * level.C])
        + y.fraction * (left * bottom[(long long)x.first * level.C] + right * bottom[(long long)x.second * level.C]);
}

__device__ __forceinline__ float standardised(float h, const float* mean, const float* inverseDeviation, int d)
{
    if (mean != nullptr) h -= mean[d];
    return inverseDeviation != nullptr ? h * inverseDeviation[d] : h;
}

// The original layer: a thread a sample, channels in a loop; lanes are far apart in every access.
extern "C" __global__ void hypercolumn_forward_v1(float* __restrict__ x, const float* __restrict__ map, const int* __restrict__ samples,
    const float* __restrict__ mean, const float* __restrict__ inverseDeviation, HypercolumnLevel level, int M, int D)
{
    int m = blockIdx.x * blockDim.x + threadIdx.x;
    if (m >= M) return;
    Corner cy = corner_of(samples[3 * m + 1], level.Stride, level.H), cx = corner_of(samples[3 * m + 2], level.Stride, level.W);
    for (int c = 0; c < level.C; c++)
    {
        int d = level.Column + c;
        x[(long long)m * D + d] = standardised(bilinear(map, level, samples[3 * m], cy, cx, c), mean, inverseDeviation, d);
    }
}

// Coalesced: a block a sample, lanes along the channels.
extern "C" __global__ void hypercolumn_forward_v2(float* __restrict__ x, const float* __restrict__ map, const int* __restrict__ samples,
    const float* __restrict__ mean, const float* __restrict__ inverseDeviation, HypercolumnLevel level, int M, int D)
{
    int m = blockIdx.x;
    Corner cy = corner_of(samples[3 * m + 1], level.Stride, level.H), cx = corner_of(samples[3 * m + 2], level.Stride, level.W);
    for (int c = threadIdx.x; c < level.C; c += blockDim.x)
    {
        int d = level.Column + c;
        x[(long long)m * D + d] = standardised(bilinear(map, level, samples[3 * m], cy, cx, c), mean, inverseDeviation, d);
    }
}

// V neighbouring floats, V = 1 or 4: one 16-byte access.
template <int V>
__device__ __forceinline__ void load(float (&v)[V], const float* p)
{
    if (V == 4)
    {
        float4 q = *(const float4*)p;
        v[0] = q.x; v[1 % V] = q.y; v[2 % V] = q.z; v[3 % V] = q.w;
    }
    else v[0] = *p;
}

template <int V>
__device__ __forceinline__ void store(float* p, const float (&v)[V])
{
    if (V == 4) store4(p, v[0], v[1 % V], v[2 % V], v[3 % V]);
    else *p = v[0];
}

template <int V>
__device__ __forceinline__ void add_times(float (&sum)[V], const float* p, float weight)
{
    float v[V];
    load<V>(v, p);
    #pragma unroll
    for (int k = 0; k < V; k++) sum[k] = fmaf(weight, v[k], sum[k]);
}

template <int V>
__device__ __forceinline__ void multiply(float (&v)[V], const float* p)
{
    float s[V];
    load<V>(s, p);
    #pragma unroll
    for (int k = 0; k < V; k++) v[k] *= s[k];
}

__device__ __forceinline__ unsigned long long address(const void* p) { return (unsigned long long)p; }

__device__ __forceinline__ bool is_vector(const HypercolumnLevel& level, int D, unsigned long long addresses)
{
    return level.C % 4 == 0 && level.Column % 4 == 0 && D % 4 == 0 && addresses % 16 == 0;
}

// Where a sample lies on a map: its upper left cell, the steps to the cells beside and below, 0 where their weight is.
struct Place { long long start; int right, below; float x, y; };

__device__ __forceinline__ Place place_of(const int* __restrict__ sample, const HypercolumnLevel& level)
{
    Corner cy = corner_of(sample[1], level.Stride, level.H), cx = corner_of(sample[2], level.Stride, level.W);
    // At the last cell of a map of stride 1 the whole weight is on the second corner.
    int y = cy.fraction == 1 ? cy.second : cy.first, x = cx.fraction == 1 ? cx.second : cx.first;
    Place p;
    p.x = cx.fraction == 1 ? 0 : cx.fraction;
    p.y = cy.fraction == 1 ? 0 : cy.fraction;
    p.start = (((long long)sample[0] * level.H + y) * level.W + x) * level.C;
    p.right = p.x == 0 ? 0 : level.C;
    p.below = p.y == 0 ? 0 : level.W * level.C;
    return p;
}

// V channels at a place, standardised, to x; one corner is read where it has all the weight, as always at stride 1.
template <int V>
__device__ __forceinline__ void gather(float* __restrict__ x, const float* __restrict__ map, Place p, int c, const float* __restrict__ mean,
    const float* __restrict__ inverseDeviation, int d)
{
    const float* corner = map + p.start + c;
    float h[V];
    load<V>(h, corner);
    if (p.right + p.below != 0)
    {
        #pragma unroll
        for (int k = 0; k < V; k++) h[k] *= (1 - p.y) * (1 - p.x);
        add_times<V>(h, corner + p.right, (1 - p.y) * p.x);
        add_times<V>(h, corner + p.below, p.y * (1 - p.x));
        add_times<V>(h, corner + p.right + p.below, p.y * p.x);
    }
    if (mean != nullptr) add_times<V>(h, mean + d, -1);
    if (inverseDeviation != nullptr) multiply<V>(h, inverseDeviation + d);
    store<V>(x, h);
}

// Vectors: a warp a sample, a lane four channels; a level of 64 channels keeps half of the lanes.
extern "C" __global__ void hypercolumn_forward_v3(float* __restrict__ x, const float* __restrict__ map, const int* __restrict__ samples,
    const float* __restrict__ mean, const float* __restrict__ inverseDeviation, HypercolumnLevel level, int M, int D)
{
    int m = (blockIdx.x * blockDim.x + threadIdx.x) / 32, lane = threadIdx.x % 32;
    if (m >= M) return;
    Place p = place_of(samples + 3 * m, level);
    float* row = x + (long long)m * D + level.Column;
    if (is_vector(level, D, address(x) | address(map) | address(mean) | address(inverseDeviation)))
    {
        #pragma unroll 1
        for (int c = 4 * lane; c < level.C; c += 128) gather<4>(row + c, map, p, c, mean, inverseDeviation, level.Column + c);
    }
    else
    {
        #pragma unroll 1
        for (int c = lane; c < level.C; c += 32) gather<1>(row + c, map, p, c, mean, inverseDeviation, level.Column + c);
    }
}

constexpr int MaxLevels = 16, BlockSamples = 16;

struct HypercolumnLevels { int Count; HypercolumnLevel Level[MaxLevels]; const float* Map[MaxLevels]; };

template <int V>
__device__ __forceinline__ void gather_chunks(float* __restrict__ x, const Place (&places)[MaxLevels][BlockSamples], const float* __restrict__ mean,
    const float* __restrict__ inverseDeviation, const HypercolumnLevels& levels, int first, int count, int D)
{
    int chunks = 0;
    #pragma unroll 1
    for (int l = 0; l < levels.Count; l++) chunks += levels.Level[l].C / V;
    #pragma unroll 2
    for (int i = threadIdx.x; i < count * chunks; i += blockDim.x)
    {
        int sample = i / chunks, chunk = i % chunks, l = 0;
        #pragma unroll 1
        for (; chunk >= levels.Level[l].C / V; l++) chunk -= levels.Level[l].C / V;
        int c = V * chunk, d = levels.Level[l].Column + c;
        gather<V>(x + (long long)(first + sample) * D + d, levels.Map[l], places[l][sample], c, mean, inverseDeviation, d);
    }
}

// Flat chunks, all levels in one launch: a block works out the places of 16 samples on every level once and then spreads their chunks of four
// channels over its threads, so that no lane is idle whatever the widths of the levels.
extern "C" __global__ void __launch_bounds__(256) hypercolumn_forward_v4(float* __restrict__ x, const int* __restrict__ samples, const float* __restrict__ mean,
    const float* __restrict__ inverseDeviation, HypercolumnLevels levels, int M, int D)
{
    __shared__ Place places[MaxLevels][BlockSamples];
    int first = blockIdx.x * BlockSamples, count = min(BlockSamples, M - first);
    #pragma unroll 1
    for (int i = threadIdx.x; i < levels.Count * count; i += blockDim.x)
        places[i / count][i % count] = place_of(samples + 3 * (first + i % count), levels.Level[i / count]);
    bool vectors = true;
    #pragma unroll 1
    for (int l = 0; l < levels.Count; l++) vectors = vectors && is_vector(levels.Level[l], D, address(x) | address(levels.Map[l]) | address(mean) | address(inverseDeviation));
    __syncthreads();
    if (vectors) gather_chunks<4>(x, places, mean, inverseDeviation, levels, first, count, D);
    else gather_chunks<1>(x, places, mean, inverseDeviation, levels, first, count, D);
}

// Atomic: a block a sample, lanes along the channels, four additions a channel whose order, and so the bytes of their sum, is anyone's. For comparison
// only. The caller fills dMap first.
extern "C" __global__ void hypercolumn_backward_atomic_v1(float* __restrict__ dMap, const float* __restrict__ dX, const int* __restrict__ samples,
    const float* __restrict__ inverseDeviation, HypercolumnLevel level, int D)
{
    Place p = place_of(samples + 3 * blockIdx.x, level);
    #pragma unroll 1
    for (int c = threadIdx.x; c < level.C; c += blockDim.x)
    {
        int d = level.Column + c;
        float g = dX[(long long)blockIdx.x * D + d];
        if (inverseDeviation != nullptr) g *= inverseDeviation[d];
        float* cell = dMap + p.start + c;
        atomicAdd(cell, (1 - p.y) * (1 - p.x) * g);
        if (p.x != 0) atomicAdd(cell + p.right, (1 - p.y) * p.x * g);
        if (p.y != 0) atomicAdd(cell + p.below, p.y * (1 - p.x) * g);
        if (p.x != 0 && p.y != 0) atomicAdd(cell + p.right + p.below, p.y * p.x * g);
    }
}

// Cell-owner: a block a touched cell, lanes along the channels; counts[0] cells are touched, the grid may be larger. Entries of cell t are
// starts[t] .. starts[t+1]-1, summed in that order, so the bytes do not depend on scheduling. The caller fills dMap first where nothing may remain.
extern "C" __global__ void hypercolumn_backward_v2(float* __restrict__ dMap, const float* __restrict__ dX, const int* __restrict__ counts,
    const int* __restrict__ cells, const int* __restrict__ starts, const int* __restrict__ entrySamples, const float* __restrict__ weights,
    const float* __restrict__ inverseDeviation, HypercolumnLevel level, int D)
{
    int t = blockIdx.x;
    if (t >= counts[0]) return;
    for (int c = threadIdx.x; c < level.C; c += blockDim.x)
    {
        int d = level.Column + c;
        float sum = 0;
        for (int e = starts[t]; e < starts[t + 1]; e++) sum += weights[e] * dX[(long long)entrySamples[e] * D + d];
        if (inverseDeviation != nullptr) sum *= inverseDeviation[d];
        dMap[(long long)cells[t] * level.C + c] += sum;
    }
}

// First of the ascending cells that is not below `cell`, by a warp: 32 probes a round.
__device__ __forceinline__ int first_at_least(const int* __restrict__ cells, int count, int cell)
{
    int low = 0, high = count, lane = threadIdx.x & 31;
    #pragma unroll 1
    while (low < high)
    {
        int width = (high - low + 31) / 32, probe = low + lane * width;
        int below = __popc(__ballot_sync(0xFFFFFFFFu, probe < high && cells[probe] < cell));
        high = min(low + below * width, high);
        if (below > 0) low += (below - 1) * width + 1;
    }
    return low;
}

// The cells first .. first+count-1 of one level, V channels a thread; touched[i] is the place of cell first+i in the list, or -1.
template <int V>
__device__ __forceinline__ void sum_cells(float* __restrict__ dMap, const float* __restrict__ dX, const int* __restrict__ starts, const int* __restrict__ entrySamples,
    const float* __restrict__ weights, const float* __restrict__ activation, const float* __restrict__ inverseDeviation, const HypercolumnLevel& level, int D,
    int accumulate, const int* touched, int first, int count)
{
    int chunks = level.C / V;
    #pragma unroll 1
    for (int i = threadIdx.x; i < count * chunks; i += blockDim.x)
    {
        int c = i % chunks * V, t = touched[i / chunks];
        if (t < 0 && accumulate && activation == nullptr) continue;
        float sum[V] = {};
        if (t >= 0)
        {
            int end = starts[t + 1];
            #pragma unroll 4
            for (int e = starts[t]; e < end; e++)
                add_times<V>(sum, dX + (long long)entrySamples[e] * D + level.Column + c, weights[e]);
        }
        long long at = (long long)(first + i / chunks) * level.C + c;
        float before[V] = {}, mask[V];
        if (accumulate) load<V>(before, dMap + at);
        if (activation != nullptr) load<V>(mask, activation + at);
        if (inverseDeviation != nullptr) multiply<V>(sum, inverseDeviation + level.Column + c);
        #pragma unroll
        for (int k = 0; k < V; k++) sum[k] = activation == nullptr || mask[k] > 0 ? before[k] + sum[k] : 0;
        store<V>(dMap + at, sum);
    }
}

constexpr int MostCells = 256;

// Cell-owner over the whole map in one pass: a block owns `cells` neighbouring cells (at most 256), touched or not, and writes each once: the sum, with
// what was there where it accumulates, masked. It finds its part of the cell list by search, so the host needs no count.
extern "C" __global__ void hypercolumn_backward_v3(float* __restrict__ dMap, const float* __restrict__ dX, const int* __restrict__ counts,
    const int* __restrict__ cells, const int* __restrict__ starts, const int* __restrict__ entrySamples, const float* __restrict__ weights,
    const float* __restrict__ activation, const float* __restrict__ inverseDeviation, HypercolumnLevel level, int D, int accumulate, int blockCells)
{
    __shared__ int touched[MostCells], start;
    int first = blockIdx.x * blockCells, count = min(blockCells, level.N * level.H * level.W - first);
    if (threadIdx.x < 32)
    {
        int found = first_at_least(cells, counts[0], first);
        if (threadIdx.x == 0) start = found;
    }
    #pragma unroll 1
    for (int i = threadIdx.x; i < count; i += blockDim.x) touched[i] = -1;
    __syncthreads();
    #pragma unroll 1
    for (int i = threadIdx.x; i < count; i += blockDim.x)
    {
        int t = start + i;
        if (t < counts[0] && cells[t] < first + count) touched[cells[t] - first] = t;
    }
    __syncthreads();
    if (is_vector(level, D, address(dMap) | address(dX) | address(activation) | address(inverseDeviation)))
        sum_cells<4>(dMap, dX, starts, entrySamples, weights, activation, inverseDeviation, level, D, accumulate, touched, first, count);
    else
        sum_cells<1>(dMap, dX, starts, entrySamples, weights, activation, inverseDeviation, level, D, accumulate, touched, first, count);
}

// first_at_least by a block: a probe a thread and round. Ends behind a barrier unless count is 0.
__device__ __forceinline__ int first_at_least_by_block(const int* __restrict__ cells, int count, int cell)
{
    int low = 0, high = count;
    #pragma unroll 1
    while (low < high)
    {
        int width = (high - low + blockDim.x - 1) / blockDim.x, probe = low + threadIdx.x * width;
        int below = __syncthreads_count(probe < high && cells[probe] < cell);
        high = min(low + below * width, high);
        if (below > 0) low += (below - 1) * width + 1;
    }
    return low;
}

constexpr int SliceChannels = 128, MostEntries = 2560;

// A block's part of the cell list: the entries of cell i are begin[i] .. end[i]-1, none where no sample touches it.
struct OwnEntries { int begin[MostCells], end[MostCells], sample[MostEntries]; float weight[MostEntries]; };

// Adds the entries from e on, B or the first `count` of them; all their loads go out before the first is waited for.
template <int V, int B>
__device__ __forceinline__ void add_entries(float (&sum)[V], const float* dX, const OwnEntries& own, int e, int count, int D)
{
    float v[B][V] = {};
    #pragma unroll
    for (int b = 0; b < B; b++)
        if (b < count) load<V>(v[b], dX + (long long)own.sample[e + b] * D);
    #pragma unroll
    for (int b = 0; b < B; b++)
    {
        if (b >= count) continue;
        #pragma unroll
        for (int k = 0; k < V; k++) sum[k] = fmaf(own.weight[e + b], v[b][k], sum[k]);
    }
}

// Channels channel .. channel+127 of the cells first .. first+count-1, V channels a thread. Entries that do not fit into `own` are read from the list,
// which has those of cell `first` from `start` on.
template <int V>
__device__ __forceinline__ void sum_slice(float* __restrict__ dMap, const float* __restrict__ dX, const int* __restrict__ entrySamples, const float* __restrict__ weights,
    const float* __restrict__ activation, const float* __restrict__ inverseDeviation, const HypercolumnLevel& level, int D, int accumulate, const OwnEntries& own,
    bool fits, int start, int first, int count, int channel)
{
    int chunks = min(SliceChannels, level.C - channel) / V;
    #pragma unroll 1
    for (int i = threadIdx.x; i < count * chunks; i += blockDim.x)
    {
        int cell = i / chunks, c = channel + i % chunks * V, e = own.begin[cell], end = own.end[cell];
        if (e == end && accumulate && activation == nullptr) continue;
        const float* column = dX + level.Column + c;
        float sum[V] = {};
        if (fits)
        {
            #pragma unroll 1
            for (; e + 8 <= end; e += 8) add_entries<V, 8>(sum, column, own, e, 8, D);
            #pragma unroll 1
            for (; e < end; e += 4) add_entries<V, 4>(sum, column, own, e, end - e, D);
        }
        else
        {
            #pragma unroll 4
            for (; e < end; e++) add_times<V>(sum, column + (long long)entrySamples[start + e] * D, weights[start + e]);
        }
        long long at = (long long)(first + cell) * level.C + c;
        float before[V] = {}, mask[V];
        if (accumulate) load<V>(before, dMap + at);
        if (activation != nullptr) load<V>(mask, activation + at);
        if (inverseDeviation != nullptr) multiply<V>(sum, inverseDeviation + level.Column + c);
        #pragma unroll
        for (int k = 0; k < V; k++) sum[k] = activation == nullptr || mask[k] > 0 ? before[k] + sum[k] : 0;
        store<V>(dMap + at, sum);
    }
}

// Slices of 128 channels: a block owns `blockCells` neighbouring cells (at most 256) in one slice, so that cells with long lists spread over many blocks, and
// neighbours, which share samples, find each other's rows of dX in the L1 cache. Its part of the list lies in shared memory where it fits, so that 8 rows
// of dX are on their way at once. The order of the sums, and so the bytes, are those of v3.
extern "C" __global__ void __launch_bounds__(256, 4) hypercolumn_backward_v4(float* __restrict__ dMap, const float* __restrict__ dX, const int* __restrict__ counts,
    const int* __restrict__ cells, const int* __restrict__ starts, const int* __restrict__ entrySamples, const float* __restrict__ weights,
    const float* __restrict__ activation, const float* __restrict__ inverseDeviation, HypercolumnLevel level, int D, int accumulate, int blockCells)
{
    __shared__ OwnEntries own;
    __shared__ int length;
    int slices = (level.C + SliceChannels - 1) / SliceChannels, channel = blockIdx.x % slices * SliceChannels;
    int first = blockIdx.x / slices * blockCells, count = min(blockCells, level.N * level.H * level.W - first), touched = counts[0];
    #pragma unroll 1
    for (int i = threadIdx.x; i < count; i += blockDim.x) own.begin[i] = own.end[i] = 0;
    if (threadIdx.x == 0) length = 0;
    int t = first_at_least_by_block(cells, touched, first), start = starts[t];
    #pragma unroll 1
    for (t += threadIdx.x; t < touched && cells[t] < first + count; t += blockDim.x)
    {
        int cell = cells[t] - first, end = starts[t + 1] - start;
        own.begin[cell] = starts[t] - start;
        own.end[cell] = end;
        if (t + 1 == touched || cells[t + 1] >= first + count) length = end;
    }
    __syncthreads();
    bool fits = length <= MostEntries;
    #pragma unroll 1
    for (int e = threadIdx.x; fits && e < length; e += blockDim.x)
    {
        own.sample[e] = entrySamples[start + e];
        own.weight[e] = weights[start + e];
    }
    __syncthreads();
    if (is_vector(level, D, address(dMap) | address(dX) | address(activation) | address(inverseDeviation)))
        sum_slice<4>(dMap, dX, entrySamples, weights, activation, inverseDeviation, level, D, accumulate, own, fits, start, first, count, channel);
    else
        sum_slice<1>(dMap, dX, entrySamples, weights, activation, inverseDeviation, level, D, accumulate, own, fits, start, first, count, channel);
}
