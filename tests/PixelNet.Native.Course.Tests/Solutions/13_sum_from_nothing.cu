// target compute_70
// Bias gradient: db[n] = sum over m of dy[m,n], dy [M,N]; db is written, whatever it held.
//
// A thread a column in blocks of 64.

extern "C" __global__ void bias_gradient(float* db, const float* dy, int M, int N)
{
    int n = blockIdx.x * blockDim.x + threadIdx.x;
    if (n >= N) return;
    float sum = 0;
    for (int m = 0; m < M; m++) sum += dy[m * N + n];
    db[n] = sum;
}
