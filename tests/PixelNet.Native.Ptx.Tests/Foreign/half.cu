typedef unsigned u32; typedef unsigned short u16;
__device__ u32 hadd2(u32 a, u32 b) { u32 r; asm("add.f16x2 %0, %1, %2;" : "=r"(r) : "r"(a), "r"(b)); return r; }
__device__ u32 hfma2(u32 a, u32 b, u32 c) { u32 r; asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c)); return r; }
__device__ u32 bfma2(u32 a, u32 b, u32 c) { u32 r; asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c)); return r; }
__device__ float low(u32 a) { float r; asm("{ .reg .b16 l, h; mov.b32 {l, h}, %1; cvt.f32.f16 %0, l; }" : "=f"(r) : "r"(a)); return r; }
__device__ float high(u32 a) { float r; asm("{ .reg .b16 l, h; mov.b32 {l, h}, %1; cvt.f32.f16 %0, h; }" : "=f"(r) : "r"(a)); return r; }
__device__ u16 to_half(float a) { u16 r; asm("cvt.rn.f16.f32 %0, %1;" : "=h"(r) : "f"(a)); return r; }
__device__ float to_float(u16 a) { float r; asm("cvt.f32.f16 %0, %1;" : "=f"(r) : "h"(a)); return r; }

extern "C" __global__ void half2_axpy(u32* y, const u32* x, u32 a, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) y[i] = hfma2(a, x[i], y[i]);
}

extern "C" __global__ void half2_dot(float* out, const u32* a, const u32* b, int n)
{
    float sum = 0;
    for (int i = threadIdx.x; i < n; i += 32) {
        u32 p; asm("mul.f16x2 %0, %1, %2;" : "=r"(p) : "r"(a[i]), "r"(b[i]));
        u32 q = hadd2(p, 0);
        sum += low(q) + high(q);
    }
    for (int d = 16; d; d >>= 1) sum += __shfl_xor_sync(0xffffffff, sum, d);
    if (threadIdx.x == 0) *out = sum;
}

extern "C" __global__ void conversions(u16* h, u32* b, float* f, const float* x, int n)
{
    int i = threadIdx.x;
    if (i >= n) return;
    h[i] = to_half(x[i]);
    u32 packed; asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(packed) : "f"(x[i]), "f"(x[n - 1 - i]));
    b[i] = packed;
    u16 m; asm("{ .reg .f16 a, b, c; cvt.rn.f16.f32 a, %1; cvt.rz.f16.f32 b, %2; max.f16 c, a, b; mov.b16 %0, c; }" : "=h"(m) : "f"(x[i]), "f"(x[n - 1 - i]));
    f[i] = to_float(m);
}

extern "C" __global__ void bf16_pairs(u32* y, const u32* a, const u32* b, int n)
{
    int i = threadIdx.x;
    if (i >= n) return;
    u32 c = bfma2(a[i], b[i], a[i]), m;
    asm("max.bf16x2 %0, %1, %2;" : "=r"(m) : "r"(c), "r"(b[i]));
    y[i] = m;
}

extern "C" __global__ void half_compare(int* y, const u16* a, const u16* b, int n)
{
    int i = threadIdx.x;
    if (i >= n) return;
    u32 r;
    asm("{ .reg .pred p; setp.lt.f16 p, %1, %2; selp.u32 %0, 1, 0, p; }" : "=r"(r) : "h"(a[i]), "h"(b[i]));
    u32 s;
    asm("{ .reg .b32 t; set.gt.f16x2.f16x2 t, %1, %2; mov.b32 %0, t; }" : "=r"(s) : "r"((u32)a[i] | 0x3c000000), "r"((u32)b[i]));
    y[i] = r + (s == 0x3c003c00 ? 2 : 0);
}
