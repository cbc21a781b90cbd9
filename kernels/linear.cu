// target compute_70
// Dense layer: y [M,Out] = relu?(x [M,In] w^T + b), w [Out,In], b [Out] or null. Twins: Layers/Linear.cs.
//
// The ladder so far: v1 reads w down its columns, 32 rows of w a request; v2 walks w along its rows in shared tiles loaded by
// neighbouring threads, so every request is coalesced; both sum over In in ascending order.

struct LinearSizes { int M, In, Out; };

// Naive: a thread an output, neighbouring threads take neighbouring outputs and so different rows of w.
extern "C" __global__ void linear_forward_v1(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w, const float* __restrict__ b,
    LinearSizes sizes, int relu)
{
    int o = blockIdx.x * blockDim.x + threadIdx.x, m = blockIdx.y;
    if (o >= sizes.Out) return;
    float sum = 0;
    for (int i = 0; i < sizes.In; i++) sum += x[(long long)m * sizes.In + i] * w[(long long)o * sizes.In + i];
    if (b != nullptr) sum += b[o];
    y[(long long)m * sizes.Out + o] = relu && sum < 0 ? 0 : sum;
}

// Tiles of 32 x 32: 1024 threads load a tile of x and one of w with In along the lanes and each sums one output from shared memory. The rows
// are 33 words long, so that 32 lanes reading down a column of w's tile hit 32 banks.
extern "C" __global__ void __launch_bounds__(1024) linear_forward_v2(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w,
    const float* __restrict__ b, LinearSizes sizes, int relu)
{
    __shared__ float xs[32][33], ws[32][33];
    int lane = threadIdx.x, row = threadIdx.y;
    int m = blockIdx.y * 32 + row, o = blockIdx.x * 32 + lane, loaded = blockIdx.x * 32 + row;
    float sum = 0;
    for (int k = 0; k < sizes.In; k += 32)
    {
        bool inside = k + lane < sizes.In;
        xs[row][lane] = inside && m < sizes.M ? x[(long long)m * sizes.In + k + lane] : 0;
        ws[row][lane] = inside && loaded < sizes.Out ? w[(long long)loaded * sizes.In + k + lane] : 0;
        __syncthreads();
        for (int i = 0; i < 32; i++) sum += xs[row][i] * ws[lane][i];
        __syncthreads();
    }
    if (m >= sizes.M || o >= sizes.Out) return;
    if (b != nullptr) sum += b[o];
    y[(long long)m * sizes.Out + o] = relu && sum < 0 ? 0 : sum;
}
