// Sums in a fixed order over what several blocks have computed apart, so that the bytes never depend on scheduling.
#pragma once

// out[i] += the sum over s of partial[s*count + i], s ascending. A thread an element.
__device__ __forceinline__ void sum_splits(float* __restrict__ out, const float* __restrict__ partial, long long count, int splits)
{
    long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (i >= count) return;
    float sum = 0;
    #pragma unroll 1
    for (int s = 0; s < splits; s++) sum += partial[s * count + i];
    out[i] += sum;
}

// Column sums of the rows x [rows,columns] of this block's split (blockIdx.y of gridDim.y, rowsPerSplit each): out += them, or, where there are
// several splits, partial[split] = them. A block has 32 x 8 threads: lanes along 32 columns, eight rows at a time, added in order at the end.
__device__ __forceinline__ void sum_columns(float* __restrict__ out, float* __restrict__ partial, const float* __restrict__ x, long long rows, int columns, int rowsPerSplit)
{
    __shared__ float sums[8][32];
    int column = blockIdx.x * 32 + threadIdx.x;
    long long first = blockIdx.y * (long long)rowsPerSplit, last = min(first + rowsPerSplit, rows);
    float sum = 0;
    if (column < columns)
    {
        #pragma unroll 1
        for (long long m = first + threadIdx.y; m < last; m += 8) sum += x[m * columns + column];
    }
    sums[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y > 0 || column >= columns) return;
    #pragma unroll
    for (int i = 1; i < 8; i++) sum += sums[i][threadIdx.x];
    if (gridDim.y > 1) partial[(long long)blockIdx.y * columns + column] = sum;
    else out[column] += sum;
}
