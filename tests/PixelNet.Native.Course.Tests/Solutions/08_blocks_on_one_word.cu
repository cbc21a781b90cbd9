// target compute_70
// Column sums in two steps, of which this is the first: partial[chunk,n] = sum over the rows m of the chunk of x[m,n]; x [M,N], partial [chunks,N],
// chunks = M/32 rounded up. The second step adds the chunks in their order, so that the result is the same in every run.
//
// A thread a column in blocks of 64; blockIdx.y is the chunk.

extern "C" __global__ void column_sums(float* partial, const float* x, int M, int N)
{
    int n = blockIdx.x * blockDim.x + threadIdx.x, first = blockIdx.y * 32;
    if (n >= N) return;
    float sum = 0;
    for (int m = first; m < min(first + 32, M); m++) sum += x[m * N + n];
    partial[blockIdx.y * N + n] = sum;
}
