extern "C" __global__ void bitonic(int* data, int n)
{
    extern __shared__ int s[];
    for (int i = threadIdx.x; i < n; i += blockDim.x) s[i] = data[i];
    __syncthreads();
    for (int k = 2; k <= n; k <<= 1)
        for (int j = k >> 1; j > 0; j >>= 1) {
            for (int i = threadIdx.x; i < n; i += blockDim.x) {
                int o = i ^ j;
                if (o > i && (s[i] > s[o]) == ((i & k) == 0)) { int t = s[i]; s[i] = s[o]; s[o] = t; }
            }
            __syncthreads();
        }
    for (int i = threadIdx.x; i < n; i += blockDim.x) data[i] = s[i];
}

// One warp, eight bits, ranks by ballots.
extern "C" __global__ void radix_warp(unsigned* data)
{
    unsigned v = data[threadIdx.x], lane = threadIdx.x;
    for (int bit = 0; bit < 8; bit++) {
        unsigned ones = __ballot_sync(0xffffffff, (v >> bit) & 1), below = (1u << lane) - 1;
        int rank = (v >> bit) & 1 ? __popc(~ones) + __popc(ones & below) : __popc(~ones & below);
        // The lane that goes to my place: inverse permutation by shared memory free shuffles.
        unsigned next = 0;
        for (int from = 0; from < 32; from++) {
            unsigned w = __shfl_sync(0xffffffff, v, from);
            int r = __shfl_sync(0xffffffff, rank, from);
            if (r == lane) next = w;
        }
        v = next;
    }
    data[threadIdx.x] = v;
}

extern "C" __global__ void odd_even(float* data, int n)
{
    int t = threadIdx.x;
    for (int phase = 0; phase < n; phase++) {
        int i = 2 * t + (phase & 1);
        if (i + 1 < n) {
            float a = data[i], b = data[i + 1];
            if (a > b) { data[i] = b; data[i + 1] = a; }
        }
        __syncthreads();
    }
}

extern "C" __global__ void merge_ranks(int* out, const int* a, const int* b, int n, int m)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n + m) return;
    bool first = i < n;
    int v = first ? a[i] : b[i - n];
    const int* other = first ? b : a;
    int low = 0, high = first ? m : n;
    while (low < high) {
        int mid = (low + high) / 2;
        if (first ? other[mid] < v : other[mid] <= v) low = mid + 1;
        else high = mid;
    }
    out[(first ? i : i - n) + low] = v;
}
