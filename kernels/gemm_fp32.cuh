// A tile of a matrix product in single precision, on the FMA pipes: C [M,N] = the sum over k of A[i,k] * B[j,k], for any operands
// (gemm_operands.cuh) and any use of the sums (gemm_outputs.cuh). Each sum runs over k in ascending order.
//
//   global -> registers   each thread loads fours of A and B for the next Depth k while the current ones are multiplied
//   -> shared             two tiles, one read and one written; k along the rows, the tile's rows along the lanes: fours of operands with k along the memory are transposed
//   -> registers          a thread holds QuadsM x QuadsN squares of 4 x 4 sums; for each k it reads QuadsM + QuadsN fours
//   -> shared -> global   the sums, QuadsM slices one after the other, so that whole rows are written
//
// Skew: k rows 4g .. 4g+3 of a tile are shifted by 128/Depth * g words. With a depth of 16 the lanes of a transposing store have eight rows and four groups g:
// without the skew the groups would hit the same eight banks, with it they hit all 32. Reads go along a row and have no conflicts anyway.
#pragma once
#include "gemm_outputs.cuh"

template <int M_, int N_, int QuadsM_, int QuadsN_, int Depth_> struct Tile
{
    static constexpr int M = M_, N = N_, QuadsM = QuadsM_, QuadsN = QuadsN_, Depth = Depth_;
    static constexpr int Threads = M * N / (16 * QuadsM * QuadsN), Across = N / (4 * QuadsN), Skew = 128 / Depth;
    static constexpr int WordsA = Depth * M + 32, WordsB = Depth * N + 32, Words = 2 * (WordsA + WordsB);
    // The sums leave in QuadsM slices by way of the same memory; each group of four rows is followed by a gap (store_tile).
    static constexpr int Gap = 8, Slice = M / QuadsM, SliceWords = Slice * N + Slice / 4 * Gap;
};

// The part of an operand's tile that one thread carries from global to shared memory: fours f = thread, thread + Threads, ... of Size rows x Depth k,
// which wait in registers while the tile before is multiplied. Operands that are not in fours are copied word by word, without travelling ahead.
template <class Operand, class T, unsigned Size, bool Fours> struct Carrier
{
    static constexpr unsigned PerRow = T::Depth / 4, Count = Size * PerRow / T::Threads;
    typename Operand::Row rows[Count];
    unsigned offsets[Count];
    float4 values[Count];

    static __device__ __forceinline__ unsigned row_of(unsigned f) { return Operand::AlongK ? f / PerRow : f % (Size / 4) * 4; }
    static __device__ __forceinline__ unsigned k_of(unsigned f) { return Operand::AlongK ? f % PerRow * 4 : f / (Size / 4); }
    static __device__ __forceinline__ unsigned place(unsigned i, unsigned k) { return k * Size + k / 4 * T::Skew + i; }

    __device__ __forceinline__ void begin(const Operand& a, int row0)
    {
        #pragma unroll
        for (unsigned j = 0; j < Count; j++)
        {
            unsigned f = threadIdx.x + j * T::Threads;
            if constexpr (Operand::Regular) offsets[j] = a.offset(row0, row_of(f), k_of(f));
            else rows[j] = a.row(row0 + row_of(f));
        }
    }

    __device__ __forceinline__ void load(const Operand& a, int row0, int k0)
    {
        if constexpr (Fours)
        {
            const float* corner = nullptr;
            if constexpr (Operand::Regular) corner = a.corner(row0, k0);
            #pragma unroll
            for (unsigned j = 0; j < Count; j++)
            {
                int k = k0 + k_of(threadIdx.x + j * T::Threads);
                const float* p;
                if constexpr (Operand::Regular) p = k < a.depth ? corner + offsets[j] : nullptr;
                else p = a.at(rows[j], k);
                values[j] = p != nullptr ? *(const float4*)p : make_float4(0, 0, 0, 0);
            }
        }
    }

    __device__ __forceinline__ void store(float* shared, const Operand& a, int row0, int k0) const
    {
        if constexpr (!Fours)
        {
            constexpr unsigned Words = T::Depth * Size / T::Threads, AtOnce = 4;
            #pragma unroll 1
            for (unsigned first = 0; first < Words; first += AtOnce)
            {
                float words[AtOnce];
                unsigned to[AtOnce];
                #pragma unroll
                for (unsigned j = 0; j < AtOnce; j++)
                {
                    // The lanes' words lie in shared memory as those of a transposed four do.
                    unsigned e = threadIdx.x + (first + j) * T::Threads, f = e % (PerRow * Size);
                    unsigned i = Operand::AlongK ? f / PerRow : e % Size, k = Operand::AlongK ? f % PerRow * 4 + e / (PerRow * Size) : e / Size;
                    words[j] = value_at(a.at(a.row(row0 + i), k0 + k));
                    to[j] = place(i, k);
                }
                #pragma unroll
                for (unsigned j = 0; j < AtOnce; j++) shared[to[j]] = words[j];
            }
        }
        else
        {
            #pragma unroll
            for (unsigned j = 0; j < Count; j++)
            {
                unsigned f = threadIdx.x + j * T::Threads;
                float* to = shared + place(row_of(f), k_of(f));
                if constexpr (!Operand::AlongK) *(float4*)to = values[j];
                else
                {
                    to[0] = values[j].x;
                    to[Size] = values[j].y;
                    to[2 * Size] = values[j].z;
                    to[3 * Size] = values[j].w;
                }
            }
        }
    }
};

// The square of sums at rows 0..3 and columns j..j+3 += a b^T.
template <int Columns>
__device__ __forceinline__ void add_outer(float (*sums)[Columns], int j, float4 a, float4 b)
{
    float left[4] = { a.x, a.y, a.z, a.w }, right[4] = { b.x, b.y, b.z, b.w };
    #pragma unroll
    for (int r = 0; r < 4; r++)
    {
        #pragma unroll
        for (int c = 0; c < 4; c++) sums[r][j + c] += left[r] * right[c];
    }
}

// Where a thread's squares lie: columns across .. across+3, rows down .. down+3. A read of 16 bytes a lane passes through shared memory in two goes in
// place of four where of each pair of lanes (i, i xor 1), or of each pair (i, i xor 2), both want the same four: so neighbours share rows and those beside
// them columns, and both operands are read at half the price.
template <class T> __device__ __forceinline__ void place_thread(int& across, int& down)
{
    constexpr int Lanes = T::Across < 8 ? T::Across : 8, Warps = T::Across / Lanes;
    static_assert(Lanes == 4 || Lanes == 8, "a warp is 8 or 4 threads wide");
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    int i = lane & 1 | (Lanes == 8 ? lane >> 3 << 1 : lane >> 2 & 2), j = lane >> 1 & 3 | (Lanes == 8 ? 0 : lane >> 4 << 2);
    across = 4 * (warp % Warps * Lanes + i);
    down = 4 * (warp / Warps * (32 / Lanes) + j);
}

// Hands the sums to out, row by row, by way of shared memory. The gaps bring threads that write the same row of neighbouring groups to different banks.
template <class T, class Output>
__device__ __forceinline__ void store_tile(const float (&sums)[T::QuadsM * 4][T::QuadsN * 4], float* shared, const Output& out, int row0, int column0, int across, int down)
{
    #pragma unroll
    for (int q = 0; q < T::QuadsM; q++)
    {
        __syncthreads();
        #pragma unroll
        for (int r = 0; r < 4; r++)
        {
            #pragma unroll
            for (int c = 0; c < T::QuadsN; c++)
            {
                const float* from = &sums[4 * q + r][4 * c];
                *(float4*)(shared + (down + r) * T::N + down / 4 * T::Gap + c * (T::N / T::QuadsN) + across) = make_float4(from[0], from[1], from[2], from[3]);
            }
        }
        __syncthreads();
        int step = out.vector ? 4 : 1;
        #pragma unroll 1
        for (int e = threadIdx.x * step; e < T::Slice * T::N; e += T::Threads * step)
        {
            int r = e / T::N, c = e % T::N;
            const float* from = shared + e + r / 4 * T::Gap;
            if (out.vector) out.four(row0 + q * T::Slice + r, column0 + c, *(const float4*)from);
            else out.one(row0 + q * T::Slice + r, column0 + c, *from);
        }
    }
}

// Adds the products of the tile at (row0, column0) over k0 <= k < k1 to the sums of a thread at (down, across).
template <class T, bool Fours, class A, class B>
__device__ __forceinline__ void add_products(float (&sums)[T::QuadsM * 4][T::QuadsN * 4], float* shared, const A& a, const B& b, int row0, int column0, int k0, int k1,
    int across, int down)
{
    Carrier<A, T, T::M, Fours> carriedA;
    Carrier<B, T, T::N, Fours> carriedB;
    carriedA.begin(a, row0);
    carriedB.begin(b, column0);
    float* tile = shared;
    float* next = shared + T::WordsA + T::WordsB;
    #pragma unroll 1
    for (int k = k0 - T::Depth; k < k1; k += T::Depth)
    {
        int ahead = k + T::Depth;
        if (ahead < k1)
        {
            carriedA.load(a, row0, ahead);
            carriedB.load(b, column0, ahead);
        }
        if (k >= k0)
        {
            #pragma unroll
            for (int step = 0; step < T::Depth; step++)
            {
                const float* fromA = tile + step * T::M + step / 4 * T::Skew + down;
                const float* fromB = tile + T::WordsA + step * T::N + step / 4 * T::Skew + across;
                float4 fourA[T::QuadsM], fourB[T::QuadsN];
                #pragma unroll
                for (int q = 0; q < T::QuadsM; q++) fourA[q] = *(const float4*)(fromA + q * (T::M / T::QuadsM));
                #pragma unroll
                for (int q = 0; q < T::QuadsN; q++) fourB[q] = *(const float4*)(fromB + q * (T::N / T::QuadsN));
                #pragma unroll
                for (int i = 0; i < T::QuadsM; i++)
                {
                    #pragma unroll
                    for (int j = 0; j < T::QuadsN; j++) add_outer(&sums[4 * i], 4 * j, fourA[i], fourB[j]);
                }
            }
        }
        if (ahead < k1)
        {
            carriedA.store(next, a, row0, ahead);
            carriedB.store(next + T::WordsA, b, column0, ahead);
        }
        // `next` was read before the last barrier, so one barrier a step is enough.
        __syncthreads();
        float* done = tile;
        tile = next;
        next = done;
    }
}

// Computes the sums of the tile at (row0, column0) over k0 <= k < k1 and hands them to out; k0 is a multiple of Depth.
template <class T, class A, class B, class Output>
__device__ __forceinline__ void multiply_tile(const A& a, const B& b, const Output& out, int row0, int column0, int k0, int k1)
{
    __shared__ __align__(16) float shared[T::Words > T::SliceWords ? T::Words : T::SliceWords];
    float sums[T::QuadsM * 4][T::QuadsN * 4] = {};
    int across, down;
    place_thread<T>(across, down);
    if (a.vector && b.vector) add_products<T, true>(sums, shared, a, b, row0, column0, k0, k1, across, down);
    else add_products<T, false>(sums, shared, a, b, row0, column0, k0, k1, across, down);
    store_tile<T>(sums, shared, out, row0, column0, across, down);
}
