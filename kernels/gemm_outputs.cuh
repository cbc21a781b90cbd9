// What becomes of the sums of a matrix product [rows,columns]: the last step of gemm_fp32.cuh and gemm_tf32.cuh, four neighbours of a row at
// a time where `vector` says that they are aligned, else one at a time. Elements beyond the edges are left out here.
#pragma once
#include "gemm_operands.cuh"

// out = mask > 0 ? sum/kept : 0, or the sum where there is no mask: the gradient of an activation behind a ReLU and an inverted dropout.
struct MaskedOutput
{
    float* out;
    const float* mask;
    float kept;
    int rows, columns;
    bool vector;

    __device__ __forceinline__ MaskedOutput(float* out, const float* mask, float kept, int rows, int columns)
        : out(out), mask(mask), kept(kept), rows(rows), columns(columns), vector(in_fours(out, columns) && in_fours(mask, columns)) {}

    __device__ __forceinline__ void four(int row, int column, float4 sum) const
    {
        if (row >= rows || column >= columns) return;
        long long e = (long long)row * columns + column;
        if (mask != nullptr)
        {
            float4 a = *(const float4*)(mask + e);
            sum = make_float4(a.x > 0 ? sum.x / kept : 0, a.y > 0 ? sum.y / kept : 0, a.z > 0 ? sum.z / kept : 0, a.w > 0 ? sum.w / kept : 0);
        }
        *(float4*)(out + e) = sum;
    }

    __device__ __forceinline__ void one(int row, int column, float sum) const
    {
        if (row >= rows || column >= columns) return;
        long long e = (long long)row * columns + column;
        out[e] = mask == nullptr ? sum : mask[e] > 0 ? sum / kept : 0;
    }
};

// out += sum, or, where the depth is split over gridDim.z, partial[z] = sum: partial [gridDim.z,rows,columns] is summed in order afterwards
// (sum_splits), so that the result does not depend on which block ends first.
struct SplitOutput
{
    float* out;
    float* partial;
    int rows, columns;
    bool vector;

    __device__ __forceinline__ SplitOutput(float* out, float* partial, int rows, int columns)
        : out(out), partial(partial), rows(rows), columns(columns), vector(in_fours(out, columns) && in_fours(partial, columns)) {}

    __device__ __forceinline__ void four(int row, int column, float4 sum) const
    {
        if (row >= rows || column >= columns) return;
        long long e = (long long)row * columns + column;
        if (gridDim.z > 1) *(float4*)(partial + blockIdx.z * ((long long)rows * columns) + e) = sum;
        else
        {
            float4 before = *(const float4*)(out + e);
            *(float4*)(out + e) = make_float4(before.x + sum.x, before.y + sum.y, before.z + sum.z, before.w + sum.w);
        }
    }

    __device__ __forceinline__ void one(int row, int column, float sum) const
    {
        if (row >= rows || column >= columns) return;
        long long e = (long long)row * columns + column;
        if (gridDim.z > 1) partial[blockIdx.z * ((long long)rows * columns) + e] = sum;
        else out[e] += sum;
    }
};
