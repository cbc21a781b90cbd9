// target compute_70
// Squared length of each row: y[m] = sum over n of x[m,n]^2, x [M,N] row-major without gaps.
//
// A warp a row, 4 rows a block; 16 bytes a lane and load, what is left over word by word, then lanes are added up with shuffles.

extern "C" __global__ void row_squares(float* y, const float* x, int M, int N)
{
    int lane = threadIdx.x % 32, m = blockIdx.x * 4 + threadIdx.x / 32;
    if (m >= M) return;
    const float* row = x + (long long)m * N;
    int whole = N / 4 * 4;
    float sum = 0;
    for (int n = 4 * lane; n < whole; n += 128)
    {
        float4 v = *(const float4*)(row + n);
        sum += v.x * v.x + v.y * v.y + v.z * v.z + v.w * v.w;
    }
    for (int n = whole + lane; n < N; n += 32) sum += row[n] * row[n];
    for (int offset = 16; offset > 0; offset /= 2) sum += __shfl_xor_sync(0xffffffffu, sum, offset);
    if (lane == 0) y[m] = sum;
}
