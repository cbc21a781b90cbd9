// Where the operands of a matrix product C [rows,columns] = A B lie, for gemm_fp32.cuh and gemm_tf32.cuh. An operand names the element of
// a row of A, or a column of B, at a step k:
//
//   base            somewhere in it
//   AlongK          four consecutive k are neighbours in memory; else four consecutive rows are
//   vector          such fours are aligned to 16 bytes and lie wholly inside or wholly outside
//   Row, row(i)     all of the address that depends on the row alone
//   at(row, k)      the element, or null where the product has a zero: beyond an edge, in the padding of an image
#pragma once

__device__ __forceinline__ bool in_fours(const void* p, int length) { return length % 4 == 0 && ((unsigned long long)p & 15) == 0; }

__device__ __forceinline__ float value_at(const float* p) { return p != nullptr ? *p : 0; }

// A matrix [rows,depth]: element (i, k) = p[i*depth + k].
struct RowMajor
{
    static constexpr bool AlongK = true;
    struct Row { const float* p; };
    const float* base;
    int rows, depth;
    bool vector;

    __device__ __forceinline__ RowMajor(const float* p, int rows, int depth) : base(p), rows(rows), depth(depth), vector(in_fours(p, depth)) {}
    __device__ __forceinline__ Row row(int i) const { return { i < rows ? base + (long long)i * depth : nullptr }; }
    __device__ __forceinline__ const float* at(Row row, int k) const { return row.p != nullptr && k < depth ? row.p + k : nullptr; }
};

// The transpose of a matrix [depth,rows]: element (i, k) = p[k*rows + i].
struct ColumnMajor
{
    static constexpr bool AlongK = false;
    struct Row { const float* p; };
    const float* base;
    int rows, depth;
    bool vector;

    __device__ __forceinline__ ColumnMajor(const float* p, int rows, int depth) : base(p), rows(rows), depth(depth), vector(in_fours(p, rows)) {}
    __device__ __forceinline__ Row row(int i) const { return { i < rows ? base + i : nullptr }; }
    __device__ __forceinline__ const float* at(Row row, int k) const { return row.p != nullptr && k < depth ? row.p + (long long)k * rows : nullptr; }
};
