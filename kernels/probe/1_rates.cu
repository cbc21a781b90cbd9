// target compute_70
// What a machine can do, measured by kernels that do nothing else: the ceilings that floors of other kernels are computed from. No op of the network
// uses them (benchmarks/PixelNet.Native.KernelBench).

// Copies count floats, four a lane and 16 bytes an access; count is a multiple of 4.
extern "C" __global__ void __launch_bounds__(256) probe_copy_v1(float* __restrict__ y, const float* __restrict__ x, long long count)
{
    long long step = 4LL * 256 * gridDim.x;
    for (long long i = 4LL * (blockIdx.x * 256LL + threadIdx.x); i < count; i += step) *(float4*)(y + i) = *(const float4*)(x + i);
}

// Every block reads all of x, rounds times, each from another place on, so that what one SM holds near itself is of no use: the rate of the L2 where x fits
// into it. count is a multiple of 4096; y [gridDim.x * 256] keeps the sums, so that the reads stay.
extern "C" __global__ void __launch_bounds__(256) probe_l2_read_v1(float* __restrict__ y, const float* __restrict__ x, int count, int rounds)
{
    float4 sum = make_float4(0, 0, 0, 0);
    int tiles = count / 4096, start = (int)(blockIdx.x * 37LL % tiles);
    for (int round = 0; round < rounds; round++)
        for (int tile = 0; tile < tiles; tile++)
        {
            int at = tile + start < tiles ? tile + start : tile + start - tiles;
            #pragma unroll
            for (int k = 0; k < 4; k++)
            {
                float4 v = *(const float4*)(x + 4096LL * at + 1024 * k + 4 * threadIdx.x);
                sum.x += v.x;
                sum.y += v.y;
                sum.z += v.z;
                sum.w += v.w;
            }
        }
    y[blockIdx.x * 256 + threadIdx.x] = sum.x + sum.y + sum.z + sum.w;
}

// 16 chains of 16 multiply-adds a round in registers: 512 FLOP a thread and round. y [gridDim.x * 256].
extern "C" __global__ void __launch_bounds__(256) probe_ffma_v1(float* __restrict__ y, int rounds, float a, float b)
{
    float sums[16];
    #pragma unroll
    for (int i = 0; i < 16; i++) sums[i] = a * (threadIdx.x + i);
    for (int round = 0; round < rounds; round++)
        #pragma unroll
        for (int k = 0; k < 16; k++)
            #pragma unroll
            for (int i = 0; i < 16; i++) sums[i] = fmaf(sums[i], a, b);
    float sum = 0;
    #pragma unroll
    for (int i = 0; i < 16; i++) sum += sums[i];
    y[blockIdx.x * 256 + threadIdx.x] = sum;
}

// Nothing: what a launch costs.
extern "C" __global__ void probe_empty_v1(int) {}
