// target compute_80
// Rate of mma.sync alone, operands in registers: the ceiling of products on the tensor cores that PTX 7.8 can reach. As 1_rates.cu, no op uses it.

// Eight sums of 16 x 8 a warp, eight products of m16n8k8 each a round: 131,072 FLOP a warp and round. y [gridDim.x * 256].
extern "C" __global__ void __launch_bounds__(256) probe_mma_tf32_v1(float* __restrict__ y, int rounds)
{
    float sums[8][4] = {};
    unsigned a[4], b[2];
    #pragma unroll
    for (int i = 0; i < 4; i++) a[i] = __float_as_uint(0.001f * (threadIdx.x + i)) & 0xFFFFE000u;
    #pragma unroll
    for (int i = 0; i < 2; i++) b[i] = __float_as_uint(0.002f * (threadIdx.x - i)) & 0xFFFFE000u;
    for (int round = 0; round < rounds; round++)
        #pragma unroll
        for (int k = 0; k < 8; k++)
            #pragma unroll
            for (int i = 0; i < 8; i++)
                asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                    : "+f"(sums[i][0]), "+f"(sums[i][1]), "+f"(sums[i][2]), "+f"(sums[i][3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
    float sum = 0;
    #pragma unroll
    for (int i = 0; i < 8; i++) sum += sums[i][0] + sums[i][1] + sums[i][2] + sums[i][3];
    y[blockIdx.x * 256 + threadIdx.x] = sum;
}

// The same with m16n8k16 in bf16: 262,144 FLOP a warp and round. y [gridDim.x * 256].
extern "C" __global__ void __launch_bounds__(256) probe_mma_bf16_v1(float* __restrict__ y, int rounds)
{
    float sums[8][4] = {};
    unsigned a[4], b[2];
    // Two bf16 a word: the upper halves of floats.
    #pragma unroll
    for (int i = 0; i < 4; i++) a[i] = (__float_as_uint(0.001f * (threadIdx.x + i)) & 0xFFFF0000u) | (__float_as_uint(0.003f * (threadIdx.x + i)) >> 16);
    #pragma unroll
    for (int i = 0; i < 2; i++) b[i] = (__float_as_uint(0.002f * (threadIdx.x - i)) & 0xFFFF0000u) | (__float_as_uint(0.001f * (threadIdx.x - i)) >> 16);
    for (int round = 0; round < rounds; round++)
        #pragma unroll
        for (int k = 0; k < 8; k++)
            #pragma unroll
            for (int i = 0; i < 8; i++)
                asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                    : "+f"(sums[i][0]), "+f"(sums[i][1]), "+f"(sums[i][2]), "+f"(sums[i][3]) : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
    float sum = 0;
    #pragma unroll
    for (int i = 0; i < 8; i++) sum += sums[i][0] + sums[i][1] + sums[i][2] + sums[i][3];
    y[blockIdx.x * 256 + threadIdx.x] = sum;
}
