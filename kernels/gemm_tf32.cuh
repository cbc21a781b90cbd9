// A tile of a matrix product on the tensor cores: operands rounded to TF32 (10 bits of mantissa, to nearest), sums in single precision; otherwise as
// gemm_fp32.cuh, for the same operands and outputs.
//
//   global -> shared      cp.async, three stages of 16 k: while one is multiplied the next two travel; one barrier a stage
//   -> registers          operands with k along the memory: ldmatrix, whose rows of 16 bytes are four words here; the others: word by word; two sets of
//                         fragments: while the tensor cores multiply eight k, the next eight come, those behind the barrier too
//   -> tensor cores       mma.sync m16n8k8: a warp holds (M/WarpsM) x (N/WarpsN) sums in fragments of 16 x 8
//   -> shared -> global   the sums, a row of warps after the other
//
// Swizzles, so that neither the copies nor the fragments meet bank conflicts; word of element (i, k), rows or columns i < Size, k < 16:
//   k along the memory    16 i + 4 ((k/4) ^ (i/2 % 4)) + k % 4: two rows fill the banks, the four pairs of eight rows use the four fours in another order
//   i along the memory    Size k + (i ^ 8 (k % 4)): the four k of a fragment use different groups of eight banks
#pragma once
#include "gemm_outputs.cuh"

template <int M_, int N_, int WarpsM_, int WarpsN_> struct MmaTile
{
    static constexpr int M = M_, N = N_, WarpsM = WarpsM_, WarpsN = WarpsN_, Depth = 16, Stages = 3, Threads = 32 * WarpsM * WarpsN;
    static constexpr int WarpM = M / WarpsM, WarpN = N / WarpsN, FragmentsM = WarpM / 16, PairsN = WarpN / 16;
    static constexpr int WordsA = Depth * M, WordsB = Depth * N, Stage = WordsA + WordsB, Words = Stages * Stage, RowWords = N + 8;
    static_assert(WarpM * RowWords <= Words, "a row of warps must fit where the operands were");
};

__device__ __forceinline__ unsigned shared_address(const void* p)
{
    unsigned address;
    asm("{ .reg .u64 t; cvta.to.shared.u64 t, %1; cvt.u32.u64 %0, t; }" : "=r"(address) : "l"(p));
    return address;
}

// To an address of shared memory; bytes beyond `bytes` become zeros.
__device__ __forceinline__ void copy_four(unsigned to, const float* from, int bytes)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(bytes) : "memory");
}

__device__ __forceinline__ void copy_one(unsigned to, const float* from, int bytes)
{
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(to), "l"(from), "r"(bytes) : "memory");
}

__device__ __forceinline__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <int Pending> __device__ __forceinline__ void wait_copies() { asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory"); }

// To the nearest TF32, ties away from zero, as cvt.rna.tf32 does, of whose three instructions Hopper makes one here (VIADDMNMX): half a unit is added to the
// magnitude, and the tensor cores read no further than the 10 bits of mantissa. The maximum keeps the NaN of all ones that GPUs make, whose sum would
// be negative; other NaNs and infinities stay what they are. (Lost is a negative NaN from 0xFFFFF000 on, which no arithmetic makes.)
__device__ __forceinline__ unsigned to_tf32(unsigned v) { return max((int)(v + 0x1000u), (int)v); }

__device__ __forceinline__ void multiply_fragments(float (&sums)[4], const unsigned (&a)[4], const unsigned* b)
{
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Four 8 x 4 tiles of words; lanes 8t .. 8t+7 give the addresses of the rows of tile t.
__device__ __forceinline__ void load_matrices(unsigned (&v)[4], unsigned row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(v[0]), "=r"(v[1]), "=r"(v[2]), "=r"(v[3]) : "r"(row) : "memory");
}

__device__ __forceinline__ unsigned load_word(unsigned address)
{
    unsigned v;
    asm volatile("ld.shared.b32 %0, [%1];" : "=r"(v) : "r"(address) : "memory");
    return v;
}

// An operand of the tile: Size rows (of A) or columns (of B) by 16 k. Addresses are of shared memory, in bytes.
template <class Operand, class T, unsigned Size, bool Fours> struct AsyncOperand
{
    // A thread carries fours f = thread, thread + Threads, ...; from one to the next it goes Down rows or, with i along the memory, Down k. The swizzle stays.
    static constexpr unsigned Count = Size * 4 / T::Threads, Down = Operand::AlongK ? T::Threads / 4 : 4 * T::Threads / Size, Stride = 4 * Down * (Operand::AlongK ? 16 : Size);
    static_assert(Operand::AlongK ? Down % 8 == 0 : Down % 4 == 0, "the swizzle must be the same for all fours of a thread");
    typename Operand::Row rows[Count];
    const float* from[Count];
    unsigned first;
    // Where this lane's part of a warp's first fragment is read: of operands with i along the memory, one for each i / 8 % 4, which the swizzle mixes.
    unsigned reads[Operand::AlongK ? 1 : 4];

    static __device__ __forceinline__ unsigned place(unsigned i, unsigned k)
    {
        return 4 * (Operand::AlongK ? i * 16 + ((k / 4) ^ (i / 2 % 4)) * 4 + k % 4 : k * Size + (i ^ k % 4 * 8));
    }

    // Row and k of four j, from the tile's.
    static __device__ __forceinline__ unsigned row_of(unsigned j) { return Operand::AlongK ? threadIdx.x / 4 + j * Down : threadIdx.x % (Size / 4) * 4; }
    static __device__ __forceinline__ unsigned k_of(unsigned j) { return Operand::AlongK ? threadIdx.x % 4 * 4 : threadIdx.x / (Size / 4) + j * Down; }

    // rowOfLane, kOfLane: the row of 16 bytes whose address this lane gives to ldmatrix.
    __device__ __forceinline__ void begin(const Operand& a, int row0, int k0, unsigned rowOfWarp, unsigned rowOfLane, unsigned kOfLane)
    {
        #pragma unroll
        for (unsigned j = 0; j < Count; j++)
        {
            if constexpr (Operand::Regular) from[j] = a.corner(row0, k0) + a.offset(row0, row_of(j), k_of(j));
            else rows[j] = a.row(row0 + row_of(j));
        }
        first = place(row_of(0), k_of(0));
        unsigned lane = threadIdx.x % 32;
        if constexpr (Operand::AlongK) reads[0] = place(rowOfWarp + rowOfLane, kOfLane);
        else
        {
            #pragma unroll
            for (unsigned b = 0; b < 4; b++) reads[b] = place(rowOfWarp + lane / 4 + 8 * b, lane % 4);
        }
    }

    // Starts the copies of 16 k; of regular operands those that follow the last ones.
    __device__ __forceinline__ void copy(unsigned to, const Operand& a, int row0, int k0)
    {
        if constexpr (!Fours)
        {
            #pragma unroll 1
            for (unsigned e = threadIdx.x; e < 16 * Size; e += T::Threads)
            {
                unsigned i = Operand::AlongK ? e / 16 : e % Size, k = Operand::AlongK ? e % 16 : e / Size;
                const float* p = a.at(a.row(row0 + i), k0 + k);
                copy_one(to + place(i, k), p != nullptr ? p : a.base, p != nullptr ? 4 : 0);
            }
        }
        else
        {
            #pragma unroll
            for (unsigned j = 0; j < Count; j++)
            {
                int k = k0 + k_of(j);
                if constexpr (Operand::Regular)
                {
                    copy_four(to + first + j * Stride, from[j], k < a.depth ? 16 : 0);
                    from[j] += 16 * a.stride();
                }
                else
                {
                    const float* p = a.at(rows[j], k);
                    copy_four(to + first + j * Stride, p != nullptr ? p : a.base, p != nullptr ? 16 : 0);
                }
            }
        }
    }

    // The four 8 x 4 tiles of rows i .. i+15 of the warp (i a multiple of 16) and k .. k+7 (k 0 or 8): lane 4g + t has (g, t) of each. byRow: the order is
    // (i, k), (i+8, k), (i, k+4), (i+8, k+4), a fragment of A; else (i, k), (i, k+4), (i+8, k), (i+8, k+4), two of B.
    template <bool ByRow> __device__ __forceinline__ void load(unsigned (&v)[4], unsigned tile, unsigned i, unsigned k) const
    {
        if constexpr (Operand::AlongK) load_matrices(v, tile + (reads[0] ^ 4 * k) + 64 * i);
        else
        {
            #pragma unroll
            for (unsigned r = 0; r < 4; r++)
            {
                unsigned down = ByRow ? r % 2 : r / 2, right = ByRow ? r / 2 : r % 2;
                v[r] = load_word(tile + reads[i / 8 % 4 + down] + 4 * (i / 32 * 32 + (k + 4 * right) * Size));
            }
        }
    }
};

// What a warp multiplies at a time: its rows of A and columns of B by 8 k.
template <class T> struct Fragments
{
    unsigned a[T::FragmentsM][4], b[T::PairsN][4];

    template <class CopiesA, class CopiesB>
    __device__ __forceinline__ void load(const CopiesA& copiesA, const CopiesB& copiesB, unsigned tile, unsigned k)
    {
        #pragma unroll
        for (unsigned i = 0; i < T::FragmentsM; i++) copiesA.template load<true>(a[i], tile, 16 * i, k);
        #pragma unroll
        for (unsigned j = 0; j < T::PairsN; j++) copiesB.template load<false>(b[j], tile + 4 * T::WordsA, 16 * j, k);
    }

    __device__ __forceinline__ void multiply(float (&sums)[T::FragmentsM][2 * T::PairsN][4]) const
    {
        unsigned roundedB[T::PairsN][4];
        #pragma unroll
        for (int j = 0; j < T::PairsN; j++) round(roundedB[j], b[j]);
        #pragma unroll
        for (int i = 0; i < T::FragmentsM; i++)
        {
            unsigned roundedA[4];
            round(roundedA, a[i]);
            #pragma unroll
            for (int j = 0; j < 2 * T::PairsN; j++) multiply_fragments(sums[i][j], roundedA, roundedB[j / 2] + j % 2 * 2);
        }
    }

    static __device__ __forceinline__ void round(unsigned (&to)[4], const unsigned (&from)[4])
    {
        #pragma unroll
        for (int r = 0; r < 4; r++) to[r] = to_tf32(from[r]);
    }
};

// Hands the sums to out: each row of warps in turn writes its rows to shared memory, from where all threads take them.
template <class T, class Output>
__device__ __forceinline__ void store_fragments(const float (&sums)[T::FragmentsM][2 * T::PairsN][4], float* shared, const Output& out, int row0, int column0)
{
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    #pragma unroll 1
    for (int slice = 0; slice < T::WarpsM; slice++)
    {
        __syncthreads();
        if (warp / T::WarpsN == slice)
        {
            #pragma unroll
            for (int i = 0; i < T::FragmentsM; i++)
            {
                #pragma unroll
                for (int j = 0; j < 2 * T::PairsN; j++)
                {
                    float* to = shared + (16 * i + lane / 4) * T::RowWords + warp % T::WarpsN * T::WarpN + 8 * j + lane % 4 * 2;
                    *(float2*)to = make_float2(sums[i][j][0], sums[i][j][1]);
                    *(float2*)(to + 8 * T::RowWords) = make_float2(sums[i][j][2], sums[i][j][3]);
                }
            }
        }
        __syncthreads();
        int step = out.vector ? 4 : 1;
        #pragma unroll 1
        for (int e = threadIdx.x * step; e < T::WarpM * T::N; e += T::Threads * step)
        {
            int r = e / T::N, c = e % T::N;
            const float* from = shared + r * T::RowWords + c;
            if (out.vector) out.four(row0 + slice * T::WarpM + r, column0 + c, *(const float4*)from);
            else out.one(row0 + slice * T::WarpM + r, column0 + c, *from);
        }
    }
}

// Adds the products of the tile at (row0, column0) over k0 <= k < k1 to the sums of a warp.
template <class T, bool Fours, class A, class B>
__device__ __forceinline__ void add_products_tf32(float (&sums)[T::FragmentsM][2 * T::PairsN][4], unsigned shared, const A& a, const B& b, int row0, int column0, int k0, int k1)
{
    Fragments<T> even, odd;
    unsigned lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    AsyncOperand<A, T, T::M, Fours> copiesA;
    AsyncOperand<B, T, T::N, Fours> copiesB;
    copiesA.begin(a, row0, k0, warp / T::WarpsN * T::WarpM, lane % 16, lane / 16 * 4);
    copiesB.begin(b, column0, k0, warp % T::WarpsN * T::WarpN, lane % 8 + lane / 16 * 8, lane / 8 % 2 * 4);
    auto copy = [&](unsigned stage, int k)
    {
        if (k < k1)
        {
            copiesA.copy(stage, a, row0, k);
            copiesB.copy(stage + 4 * T::WordsA, b, column0, k);
        }
        commit_copies();
    };
    unsigned used = shared, next = used + 4 * T::Stage, after = next + 4 * T::Stage;
    copy(used, k0);
    copy(next, k0 + T::Depth);
    wait_copies<1>();
    __syncthreads();
    even.load(copiesA, copiesB, used, 0);
    #pragma unroll 1
    for (int k = k0; k < k1; k += T::Depth)
    {
        odd.load(copiesA, copiesB, used, 8);
        // All warps are past the stage that was multiplied last, since the barrier.
        copy(after, k + 2 * T::Depth);
        even.multiply(sums);
        wait_copies<1>();
        __syncthreads();
        if (k + T::Depth < k1) even.load(copiesA, copiesB, next, 0);
        odd.multiply(sums);
        unsigned done = used;
        used = next;
        next = after;
        after = done;
    }
    wait_copies<0>();
}

// Computes the sums of the tile at (row0, column0) over k0 <= k < k1 and hands them to out; k0 is a multiple of 16.
template <class T, class A, class B, class Output>
__device__ __forceinline__ void multiply_tile_tf32(const A& a, const B& b, const Output& out, int row0, int column0, int k0, int k1)
{
    __shared__ __align__(16) float shared[T::Words];
    float sums[T::FragmentsM][2 * T::PairsN][4] = {};
    if (a.vector && b.vector) add_products_tf32<T, true>(sums, shared_address(shared), a, b, row0, column0, k0, k1);
    else add_products_tf32<T, false>(sums, shared_address(shared), a, b, row0, column0, k0, k1);
    store_fragments<T>(sums, shared, out, row0, column0);
}
