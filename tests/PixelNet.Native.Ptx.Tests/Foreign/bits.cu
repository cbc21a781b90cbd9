extern "C" __global__ void bits(unsigned* y, const unsigned* x, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    unsigned v = x[i], w = x[(i + 1) % n];
    y[12 * i] = __popc(v);
    y[12 * i + 1] = __clz((int)v);
    y[12 * i + 2] = __ffs((int)v);
    y[12 * i + 3] = __brev(v);
    y[12 * i + 4] = __byte_perm(v, w, 0x3617);
    y[12 * i + 5] = __funnelshift_l(v, w, i);
    y[12 * i + 6] = (v >> 5) & 0x7f;
    y[12 * i + 7] = __umulhi(v, w);
    unsigned m = v & 0xffff;
    m = (m | (m << 8)) & 0x00ff00ff; m = (m | (m << 4)) & 0x0f0f0f0f; m = (m | (m << 2)) & 0x33333333; m = (m | (m << 1)) & 0x55555555;
    y[12 * i + 8] = m;
    unsigned crc = ~0u;
    for (int b = 0; b < 4; b++) {
        crc ^= (v >> (8 * b)) & 0xff;
        for (int k = 0; k < 8; k++) crc = crc & 1 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
    }
    y[12 * i + 9] = ~crc;
    y[12 * i + 10] = v / (w % 1000 + 1) + v % 7;
    y[12 * i + 11] = (unsigned)((int)v >> 3) ^ (v << 7 | v >> 25);
}

extern "C" __global__ void wide(unsigned long long* y, const unsigned long long* x, int n)
{
    int i = threadIdx.x;
    if (i >= n) return;
    unsigned long long v = x[i], w = x[(i + 1) % n];
    long long s = (long long)v;
    y[8 * i] = v / (w | 1);
    y[8 * i + 1] = v % (w | 1);
    y[8 * i + 2] = (unsigned long long)(s / ((long long)(w >> 40) + 1));
    y[8 * i + 3] = (unsigned long long)(s % ((long long)(w >> 33) + 1));
    y[8 * i + 4] = __umul64hi(v, w);
    y[8 * i + 5] = __popcll(v) + 100 * __clzll((long long)v) + 10000 * __ffsll((long long)v);
    y[8 * i + 6] = v << (i & 63) | v >> 7;
    y[8 * i + 7] = (unsigned long long)(s >> 9) + v * w;
}

// 128-bit sum by carries.
extern "C" __global__ void carries(unsigned* y, const unsigned* a, const unsigned* b)
{
    const unsigned* x = a + 4 * threadIdx.x; const unsigned* z = b + 4 * threadIdx.x;
    unsigned r0, r1, r2, r3;
    asm("add.cc.u32 %0, %4, %8; addc.cc.u32 %1, %5, %9; addc.cc.u32 %2, %6, %10; addc.u32 %3, %7, %11;"
        : "=r"(r0), "=r"(r1), "=r"(r2), "=r"(r3) : "r"(x[0]), "r"(x[1]), "r"(x[2]), "r"(x[3]), "r"(z[0]), "r"(z[1]), "r"(z[2]), "r"(z[3]));
    y[4 * threadIdx.x] = r0; y[4 * threadIdx.x + 1] = r1; y[4 * threadIdx.x + 2] = r2; y[4 * threadIdx.x + 3] = r3;
}

extern "C" __global__ void narrow(signed char* s, unsigned char* u, short* h, unsigned short* q, const int* x, int n)
{
    int i = threadIdx.x;
    if (i >= n) return;
    int v = x[i];
    s[i] = (signed char)v;
    u[i] = (unsigned char)(v * 3);
    h[i] = (short)(v - 7) / 3;
    unsigned short b = (unsigned short)(v + u[i]);
    q[i] = b * b >> 3;
}

extern "C" __global__ void dots(int* y, const int* a, const int* b)
{
    int t = threadIdx.x, r = 5, q = 7;
    asm("dp4a.s32.s32 %0, %1, %2, %3;" : "=r"(r) : "r"(a[t]), "r"(b[t]), "r"(r));
    asm("dp2a.lo.s32.u32 %0, %1, %2, %3;" : "=r"(q) : "r"(a[t]), "r"(b[t]), "r"(q));
    y[2 * t] = r; y[2 * t + 1] = q;
}

// lop3 in all 256 tables is too much; three of them.
extern "C" __global__ void logic(unsigned* y, const unsigned* a, const unsigned* b, const unsigned* c)
{
    int t = threadIdx.x; unsigned r0, r1, r2, r3, r4;
    asm("lop3.b32 %0, %1, %2, %3, 0x96;" : "=r"(r0) : "r"(a[t]), "r"(b[t]), "r"(c[t]));
    asm("lop3.b32 %0, %1, %2, %3, 0xe8;" : "=r"(r1) : "r"(a[t]), "r"(b[t]), "r"(c[t]));
    asm("bfe.u32 %0, %1, 7, 11;" : "=r"(r2) : "r"(a[t]));
    asm("bfi.b32 %0, %1, %2, 5, 9;" : "=r"(r3) : "r"(a[t]), "r"(b[t]));
    asm("shf.r.wrap.b32 %0, %1, %2, %3;" : "=r"(r4) : "r"(a[t]), "r"(b[t]), "r"(c[t]));
    y[5 * t] = r0; y[5 * t + 1] = r1; y[5 * t + 2] = r2; y[5 * t + 3] = r3; y[5 * t + 4] = r4;
}
