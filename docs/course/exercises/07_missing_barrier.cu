// target compute_70
// Matrix product: c [M,N] = a [M,K] b [K,N], all row-major.
//
// Blocks of 16 x 16 threads, a thread an element of c; tiles of a and b go through shared memory, so that each element is loaded once a tile.

extern "C" __global__ void matmul(float* c, const float* a, const float* b, int M, int N, int K)
{
    __shared__ float as[16][16], bs[16][16];
    int col = threadIdx.x, row = threadIdx.y, n = blockIdx.x * 16 + col, m = blockIdx.y * 16 + row;
    float sum = 0;
    for (int k = 0; k < K; k += 16)
    {
        as[row][col] = m < M && k + col < K ? a[m * K + k + col] : 0;
        bs[row][col] = n < N && k + row < K ? b[(k + row) * N + n] : 0;
        __syncthreads();
        for (int i = 0; i < 16; i++) sum += as[row][i] * bs[i][col];
    }
    if (m < M && n < N) c[m * N + n] = sum;
}
