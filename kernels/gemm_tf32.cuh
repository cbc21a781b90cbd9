// A tile of a matrix product on the tensor cores: operands rounded to TF32 (10 bits of mantissa, to nearest), sums in single precision; otherwise as
// gemm_fp32.cuh, for the same operands and outputs.
//
//   global -> shared      cp.async, three stages: while one is multiplied the next two travel; one barrier a stage
//   -> registers          operands with k along the memory: ldmatrix, whose rows of 16 bytes are four words here; the others: word by word
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
    static constexpr int WarpM = M / WarpsM, WarpN = N / WarpsN, FragmentsM = WarpM / 16, FragmentsN = WarpN / 8;
    static constexpr int WordsA = Depth * M, WordsB = Depth * N, Stage = WordsA + WordsB, Words = Stages * Stage, RowWords = N + 8;
    static_assert(WarpM * RowWords <= Words, "a row of warps must fit where the operands were");
};

__device__ __forceinline__ unsigned shared_address(const void* p)
{
    unsigned address;
    asm("{ .reg .u64 t; cvta.to.shared.u64 t, %1; cvt.u32.u64 %0, t; }" : "=r"(address) : "l"(p));
    return address;
}

// Bytes beyond `bytes` become zeros.
__device__ __forceinline__ void copy_four(float* to, const float* from, int bytes)
{
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(to)), "l"(from), "r"(bytes) : "memory");
}

__device__ __forceinline__ void copy_one(float* to, const float* from, int bytes)
{
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(shared_address(to)), "l"(from), "r"(bytes) : "memory");
}

__device__ __forceinline__ void commit_copies() { asm volatile("cp.async.commit_group;" ::: "memory"); }

template <int Pending> __device__ __forceinline__ void wait_copies() { asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory"); }

__device__ __forceinline__ unsigned to_tf32(float v)
{
    unsigned bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(v));
    return bits;
}

__device__ __forceinline__ unsigned to_tf32(unsigned v) { return to_tf32(__uint_as_float(v)); }

__device__ __forceinline__ void multiply_fragments(float (&sums)[4], const unsigned (&a)[4], const unsigned (&b)[2])
{
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

// Four 8 x 4 tiles of words; lanes 8t .. 8t+7 give the rows of tile t.
__device__ __forceinline__ void load_matrices(unsigned (&v)[4], const float* row)
{
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];"
        : "=r"(v[0]), "=r"(v[1]), "=r"(v[2]), "=r"(v[3]) : "r"(shared_address(row)) : "memory");
}

// An operand of the tile: Size rows (of A) or columns (of B) by 16 k.
template <class Operand, class T, int Size> struct AsyncOperand
{
    static constexpr int Fours = Size * 4 / T::Threads;
    typename Operand::Row rows[Fours];

    static __device__ __forceinline__ int place(int i, int k)
    {
        return Operand::AlongK ? i * 16 + ((k / 4) ^ (i / 2 % 4)) * 4 + k % 4 : k * Size + (i ^ k % 4 * 8);
    }

    static __device__ __forceinline__ int row_of(int f) { return Operand::AlongK ? f / 4 : f % (Size / 4) * 4; }
    static __device__ __forceinline__ int k_of(int f) { return Operand::AlongK ? f % 4 * 4 : f / (Size / 4); }

    __device__ __forceinline__ void begin(const Operand& a, int row0)
    {
        #pragma unroll
        for (int j = 0; j < Fours; j++) rows[j] = a.row(row0 + row_of(threadIdx.x + j * T::Threads));
    }

    __device__ __forceinline__ void copy(float* shared, const Operand& a, int row0, int k0) const
    {
        if (a.vector)
        {
            #pragma unroll
            for (int j = 0; j < Fours; j++)
            {
                int f = threadIdx.x + j * T::Threads;
                const float* p = a.at(rows[j], k0 + k_of(f));
                copy_four(shared + place(row_of(f), k_of(f)), p != nullptr ? p : a.base, p != nullptr ? 16 : 0);
            }
            return;
        }
        #pragma unroll 1
        for (int e = threadIdx.x; e < 16 * Size; e += T::Threads)
        {
            int i = Operand::AlongK ? e / 16 : e % Size, k = Operand::AlongK ? e % 16 : e / Size;
            const float* p = a.at(a.row(row0 + i), k0 + k);
            copy_one(shared + place(i, k), p != nullptr ? p : a.base, p != nullptr ? 4 : 0);
        }
    }

    // A fragment of A: rows i .. i+15, k .. k+7. Lane 4g + t has (g, t), (g+8, t), (g, t+4), (g+8, t+4).
    static __device__ __forceinline__ void fragment_a(unsigned (&v)[4], const float* shared, int i, int k, int lane)
    {
        if (Operand::AlongK) load_matrices(v, shared + place(i + lane % 16, k + lane / 16 * 4));
        else
        {
            #pragma unroll
            for (int r = 0; r < 4; r++) v[r] = __float_as_uint(shared[place(i + lane / 4 + r % 2 * 8, k + lane % 4 + r / 2 * 4)]);
        }
        #pragma unroll
        for (int r = 0; r < 4; r++) v[r] = to_tf32(v[r]);
    }

    // Two fragments of B: columns i .. i+7 and i+8 .. i+15, k .. k+7. Lane 4g + t has (t, g), (t+4, g) of each.
    static __device__ __forceinline__ void fragments_b(unsigned (&first)[2], unsigned (&second)[2], const float* shared, int i, int k, int lane)
    {
        unsigned v[4];
        if (Operand::AlongK) load_matrices(v, shared + place(i + lane % 8 + lane / 16 * 8, k + lane / 8 % 2 * 4));
        else
        {
            #pragma unroll
            for (int r = 0; r < 4; r++) v[r] = __float_as_uint(shared[place(i + lane / 4 + r / 2 * 8, k + lane % 4 + r % 2 * 4)]);
        }
        first[0] = to_tf32(v[0]);
        first[1] = to_tf32(v[1]);
        second[0] = to_tf32(v[2]);
        second[1] = to_tf32(v[3]);
    }
};

// Hands the sums to out: each row of warps in turn writes its rows to shared memory, from where all threads take them.
template <class T, class Output>
__device__ __forceinline__ void store_fragments(const float (&sums)[T::FragmentsM][T::FragmentsN][4], float* shared, const Output& out, int row0, int column0)
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
                for (int j = 0; j < T::FragmentsN; j++)
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

// Computes the sums of the tile at (row0, column0) over k0 <= k < k1 and hands them to out; k0 is a multiple of 16.
template <class T, class A, class B, class Output>
__device__ __forceinline__ void multiply_tile_tf32(const A& a, const B& b, const Output& out, int row0, int column0, int k0, int k1)
{
    __shared__ __align__(16) float shared[T::Words];
    float sums[T::FragmentsM][T::FragmentsN][4] = {};
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    int rowOfWarp = warp / T::WarpsN * T::WarpM, columnOfWarp = warp % T::WarpsN * T::WarpN;
    AsyncOperand<A, T, T::M> copiesA;
    AsyncOperand<B, T, T::N> copiesB;
    copiesA.begin(a, row0);
    copiesB.begin(b, column0);
    // Iteration i starts the copies of stage i and multiplies stage i - 2.
    int filled = 0, used = 0;
    #pragma unroll 1
    for (int ahead = k0; ahead < k1 + 2 * T::Depth; ahead += T::Depth)
    {
        bool ready = ahead >= k0 + 2 * T::Depth;
        if (ready)
        {
            wait_copies<1>();
            __syncthreads();
        }
        if (ahead < k1)
        {
            float* to = shared + filled * T::Stage;
            copiesA.copy(to, a, row0, ahead);
            copiesB.copy(to + T::WordsA, b, column0, ahead);
            filled = filled == T::Stages - 1 ? 0 : filled + 1;
        }
        commit_copies();
        if (!ready) continue;
        const float* tileA = shared + used * T::Stage;
        const float* tileB = tileA + T::WordsA;
        used = used == T::Stages - 1 ? 0 : used + 1;
        #pragma unroll
        for (int k = 0; k < T::Depth; k += 8)
        {
            unsigned fragmentsA[T::FragmentsM][4], fragmentsB[T::FragmentsN][2];
            #pragma unroll
            for (int i = 0; i < T::FragmentsM; i++) copiesA.fragment_a(fragmentsA[i], tileA, rowOfWarp + 16 * i, k, lane);
            #pragma unroll
            for (int j = 0; j < T::FragmentsN; j += 2) copiesB.fragments_b(fragmentsB[j], fragmentsB[j + 1], tileB, columnOfWarp + 8 * j, k, lane);
            #pragma unroll
            for (int i = 0; i < T::FragmentsM; i++)
            {
                #pragma unroll
                for (int j = 0; j < T::FragmentsN; j++) multiply_fragments(sums[i][j], fragmentsA[i], fragmentsB[j]);
            }
        }
    }
    wait_copies<0>();
    store_fragments<T>(sums, shared, out, row0, column0);
}
