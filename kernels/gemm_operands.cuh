// Where the operands of a matrix product C [rows,columns] = A B lie, for gemm_fp32.cuh and gemm_tf32.cuh. An operand names the element of
// a row of A, or a column of B, at a step k:
//
//   base            somewhere in it
//   AlongK          four consecutive k are neighbours in memory; else four consecutive rows are
//   vector          such fours are aligned to 16 bytes and lie wholly inside or wholly outside
//   Row, row(i)     all of the address that depends on the row alone
//   at(row, k)      the element, or null where the product has a zero: beyond an edge, in the padding of an image
//
// Of a matrix all addresses are one 64-bit corner plus offsets that do not change from tile to tile (Regular); in a loop of 1024 multiply-adds the
// arithmetic of at() would be another 300 instructions:
//
//   corner(row0, k0)         the first element of a tile
//   offset(row0, i, k)       words from there to row row0 + i, step k0 + k; rows beyond the last are taken as the last fours: nobody stores their sums
//   stride()                 words from one k to the next
#pragma once

__device__ __forceinline__ bool in_fours(const void* p, int length) { return length % 4 == 0 && ((unsigned long long)p & 15) == 0; }

__device__ __forceinline__ float value_at(const float* p) { return p != nullptr ? *p : 0; }

// A matrix [rows,depth]: element (i, k) = p[i*depth + k].
struct RowMajor
{
    static constexpr bool AlongK = true, Regular = true;
    struct Row { const float* p; };
    const float* base;
    int rows, depth;
    bool vector;

    __device__ __forceinline__ RowMajor(const float* p, int rows, int depth) : base(p), rows(rows), depth(depth), vector(in_fours(p, depth)) {}
    __device__ __forceinline__ Row row(int i) const { return { i < rows ? base + (long long)i * depth : nullptr }; }
    __device__ __forceinline__ const float* at(Row row, int k) const { return row.p != nullptr && k < depth ? row.p + k : nullptr; }
    __device__ __forceinline__ const float* corner(int row0, int k0) const { return base + (long long)row0 * depth + k0; }
    __device__ __forceinline__ unsigned offset(int row0, int i, int k) const { return (unsigned)min(i, rows - 1 - row0) * depth + k; }
    __device__ __forceinline__ long long stride() const { return 1; }
};

// The transpose of a matrix [depth,rows]: element (i, k) = p[k*rows + i].
struct ColumnMajor
{
    static constexpr bool AlongK = false, Regular = true;
    struct Row { const float* p; };
    const float* base;
    int rows, depth;
    bool vector;

    __device__ __forceinline__ ColumnMajor(const float* p, int rows, int depth) : base(p), rows(rows), depth(depth), vector(in_fours(p, rows)) {}
    __device__ __forceinline__ Row row(int i) const { return { i < rows ? base + i : nullptr }; }
    __device__ __forceinline__ const float* at(Row row, int k) const { return row.p != nullptr && k < depth ? row.p + (long long)k * rows : nullptr; }
    __device__ __forceinline__ const float* corner(int row0, int k0) const { return base + (long long)k0 * rows + row0; }
    __device__ __forceinline__ unsigned offset(int row0, int i, int k) const { return (unsigned)k * rows + min(i, rows - 4 - row0); }
    __device__ __forceinline__ long long stride() const { return rows; }
};
