// target compute_70
// Row sums of a matrix within a larger one: y[m] = sum over n of x[m,n], m < M, n < N; the rows of x are ld floats apart, ld >= N.
//
// A thread a row in blocks of 64.

extern "C" __global__ void row_sums(float* y, const float* x, int M, int N, int ld)
{
    int m = blockIdx.x * blockDim.x + threadIdx.x;
    if (m >= M) return;
    float sum = 0;
    for (int n = 0; n < N; n++) sum += x[m * ld + n];
    y[m] = sum;
}
