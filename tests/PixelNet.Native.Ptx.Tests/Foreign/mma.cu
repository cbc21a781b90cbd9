__device__ __forceinline__ unsigned shared_address(const void* p) { unsigned long long a; asm("cvta.to.shared.u64 %0, %1;" : "=l"(a) : "l"(p)); return (unsigned)a; }

// 16 x 8 x 8 a warp; a row-major, b column-major.
extern "C" __global__ void mma_tf32(float* d, const float* a, const float* b, const float* c, int k)
{
    int lane = threadIdx.x, g = lane / 4, t = lane % 4;
    float acc[4] = { c[g * 8 + 2 * t], c[g * 8 + 2 * t + 1], c[(g + 8) * 8 + 2 * t], c[(g + 8) * 8 + 2 * t + 1] };
    for (int k0 = 0; k0 < k; k0 += 8) {
        unsigned ra[4], rb[2];
        float va[4] = { a[g * k + k0 + t], a[(g + 8) * k + k0 + t], a[g * k + k0 + t + 4], a[(g + 8) * k + k0 + t + 4] };
        float vb[2] = { b[g * k + k0 + t], b[g * k + k0 + t + 4] };
        for (int i = 0; i < 4; i++) asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(ra[i]) : "f"(va[i]));
        for (int i = 0; i < 2; i++) asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(rb[i]) : "f"(vb[i]));
        asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
            : "+f"(acc[0]), "+f"(acc[1]), "+f"(acc[2]), "+f"(acc[3]) : "r"(ra[0]), "r"(ra[1]), "r"(ra[2]), "r"(ra[3]), "r"(rb[0]), "r"(rb[1]));
    }
    d[g * 8 + 2 * t] = acc[0]; d[g * 8 + 2 * t + 1] = acc[1]; d[(g + 8) * 8 + 2 * t] = acc[2]; d[(g + 8) * 8 + 2 * t + 1] = acc[3];
}

// 16 x 16 by 16 x 16 (bf16 bits) through cp.async and ldmatrix; b row-major, hence .trans.
extern "C" __global__ void mma_bf16(float* d, const unsigned short* a, const unsigned short* b, int k)
{
    __shared__ __align__(16) unsigned short sa[2][16 * 16], sb[2][16 * 16];
    int lane = threadIdx.x, g = lane / 4, t = lane % 4;
    float acc[2][4] = {};
    int row = lane / 2, half = lane % 2;
    auto fetch = [&](int stage, int k0) {
        asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" :: "r"(shared_address(&sa[stage][row * 16 + half * 8])), "l"(a + row * k + k0 + half * 8));
        asm volatile("cp.async.ca.shared.global [%0], [%1], 16;" :: "r"(shared_address(&sb[stage][row * 16 + half * 8])), "l"(b + (k0 + row) * 16 + half * 8));
        asm volatile("cp.async.commit_group;");
    };
    fetch(0, 0);
    for (int k0 = 0, stage = 0; k0 < k; k0 += 16, stage ^= 1) {
        if (k0 + 16 < k) { fetch(stage ^ 1, k0 + 16); asm volatile("cp.async.wait_group 1;"); }
        else asm volatile("cp.async.wait_group 0;");
        __syncthreads();
        unsigned ra[4], rb[4];
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(ra[0]), "=r"(ra[1]), "=r"(ra[2]), "=r"(ra[3])
            : "r"(shared_address(&sa[stage][(lane % 16) * 16 + (lane / 16) * 8])));
        asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0,%1,%2,%3}, [%4];" : "=r"(rb[0]), "=r"(rb[1]), "=r"(rb[2]), "=r"(rb[3])
            : "r"(shared_address(&sb[stage][(lane % 16) * 16 + (lane / 16) * 8])));
        for (int j = 0; j < 2; j++)
            asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
                : "+f"(acc[j][0]), "+f"(acc[j][1]), "+f"(acc[j][2]), "+f"(acc[j][3]) : "r"(ra[0]), "r"(ra[1]), "r"(ra[2]), "r"(ra[3]), "r"(rb[2 * j]), "r"(rb[2 * j + 1]));
        __syncthreads();
    }
    for (int j = 0; j < 2; j++) {
        float2* top = (float2*)(d + g * 16 + 8 * j + 2 * t); *top = make_float2(acc[j][0], acc[j][1]);
        float2* low = (float2*)(d + (g + 8) * 16 + 8 * j + 2 * t); *low = make_float2(acc[j][2], acc[j][3]);
    }
}

extern "C" __global__ void mma_f16(unsigned* d, const unsigned* a, const unsigned* b)
{
    int lane = threadIdx.x, g = lane / 4, t = lane % 4;
    unsigned c0 = 0, c1 = 0;
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f16.f16.f16.f16 {%0,%1}, {%2,%3,%4,%5}, {%6,%7}, {%0,%1};"
        : "+r"(c0), "+r"(c1) : "r"(a[g * 8 + t]), "r"(a[(g + 8) * 8 + t]), "r"(a[g * 8 + t + 4]), "r"(a[(g + 8) * 8 + t + 4]), "r"(b[g * 8 + t]), "r"(b[g * 8 + t + 4]));
    d[g * 4 + t] = c0; d[(g + 8) * 4 + t] = c1;
}

extern "C" __global__ void mma_s8(int* d, const int* a, const int* b)
{
    int lane = threadIdx.x, g = lane / 4, t = lane % 4;
    int c[4] = { 1, 2, 3, 4 };
    asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3]) : "r"(a[g * 8 + t]), "r"(a[(g + 8) * 8 + t]), "r"(a[g * 8 + t + 4]), "r"(a[(g + 8) * 8 + t + 4]), "r"(b[g * 8 + t]), "r"(b[g * 8 + t + 4]));
    d[g * 8 + 2 * t] = c[0]; d[g * 8 + 2 * t + 1] = c[1]; d[(g + 8) * 8 + 2 * t] = c[2]; d[(g + 8) * 8 + 2 * t + 1] = c[3];
}

extern "C" __global__ void mma_f64(double* d, const double* a, const double* b)
{
    int lane = threadIdx.x, g = lane / 4, t = lane % 4;
    double c0 = 0, c1 = 0;
    asm volatile("mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%0,%1}, {%2}, {%3}, {%0,%1};" : "+d"(c0), "+d"(c1) : "d"(a[g * 4 + t]), "d"(b[g * 4 + t]));
    d[g * 8 + 2 * t] = c0; d[g * 8 + 2 * t + 1] = c1;
}
