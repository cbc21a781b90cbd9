// target compute_70
// Mean of each row: y[m] = (sum over n of x[m,n])/N, x [M,N].
//
// A warp a row, 4 rows a block: lanes walk the row, then add up with shuffles.

extern "C" __global__ void row_means(float* y, const float* x, int M, int N)
{
    int lane = threadIdx.x % 32, m = blockIdx.x * 4 + threadIdx.x / 32;
    if (m >= M) return;
    float sum = 0;
    for (int n = lane; n < N; n += 32) sum += x[m * N + n];
    for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    if (lane == 0) y[m] = sum / N;
}
