extern "C" __global__ void singles(float* y, const float* x, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float v = x[i], p = fabsf(v) + 0.125f;
    float* r = y + 24 * i;
    r[0] = sinf(v); r[1] = cosf(v); r[2] = tanf(v * 0.25f); r[3] = expf(v); r[4] = logf(p); r[5] = powf(p, 1.5f); r[6] = erff(v); r[7] = tanhf(v);
    r[8] = rsqrtf(p); r[9] = cbrtf(v); r[10] = atan2f(v, p + 1); r[11] = asinf(v / (p + 1)); r[12] = log1pf(p); r[13] = expm1f(v * 0.1f); r[14] = fmodf(v, 0.75f); r[15] = hypotf(v, 2);
    r[16] = roundf(v); r[17] = floorf(v); r[18] = ceilf(v); r[19] = truncf(v); r[20] = exp2f(v); r[21] = log2f(p); r[22] = erfcf(v); r[23] = sinhf(v * 0.5f);
}

extern "C" __global__ void doubles(double* y, const double* x, int n)
{
    int i = threadIdx.x;
    if (i >= n) return;
    double v = x[i], p = fabs(v) + 0.125;
    double* r = y + 12 * i;
    r[0] = sin(v); r[1] = cos(v); r[2] = exp(v); r[3] = log(p); r[4] = pow(p, 1.5); r[5] = sqrt(p); r[6] = tanh(v); r[7] = erf(v); r[8] = cbrt(v); r[9] = fmod(v, 0.75); r[10] = rint(v * 3); r[11] = 1 / p;
}

extern "C" __global__ void large_angles(float* y, const float* x, int n)
{
    int i = threadIdx.x;
    if (i < n) { y[2 * i] = sinf(x[i]); y[2 * i + 1] = cosf(x[i]); }
}

extern "C" __global__ void mandelbrot(int* y, int w, int h, int most)
{
    int c = blockIdx.x * blockDim.x + threadIdx.x, r = blockIdx.y * blockDim.y + threadIdx.y;
    if (c >= w || r >= h) return;
    float cx = -2.0f + 3.0f * c / w, cy = -1.0f + 2.0f * r / h, zx = 0, zy = 0;
    int k = 0;
    while (k < most && zx * zx + zy * zy < 4) {
        float t = zx * zx - zy * zy + cx;
        zy = 2 * zx * zy + cy;
        zx = t;
        k++;
    }
    y[r * w + c] = k;
}

extern "C" __global__ void fft(float2* data, int n)
{
    extern __shared__ float2 s[];
    int t = threadIdx.x, bits = 31 - __clz(n);
    for (int i = t; i < n; i += blockDim.x) s[__brev(i) >> (32 - bits)] = data[i];
    __syncthreads();
    for (int len = 2; len <= n; len <<= 1) {
        for (int k = t; k < n / 2; k += blockDim.x) {
            int j = k % (len / 2), base = k / (len / 2) * len;
            float sn, cs;
            sincosf(-6.283185307179586f * j / len, &sn, &cs);
            float2 a = s[base + j], b = s[base + j + len / 2];
            float2 w = make_float2(b.x * cs - b.y * sn, b.x * sn + b.y * cs);
            s[base + j] = make_float2(a.x + w.x, a.y + w.y);
            s[base + j + len / 2] = make_float2(a.x - w.x, a.y - w.y);
        }
        __syncthreads();
    }
    for (int i = t; i < n; i += blockDim.x) data[i] = s[i];
}

extern "C" __global__ void rounding(float* y, int* z, const float* a, const float* b, int n)
{
    int i = threadIdx.x;
    if (i >= n) return;
    y[6 * i] = __fadd_rz(a[i], b[i]); y[6 * i + 1] = __fmul_ru(a[i], b[i]); y[6 * i + 2] = __fdiv_rd(a[i], b[i]); y[6 * i + 3] = __fmaf_rn(a[i], b[i], 1.0f);
    y[6 * i + 4] = __saturatef(a[i]); y[6 * i + 5] = __fsqrt_rn(fabsf(b[i]));
    z[4 * i] = __float2int_rn(a[i]); z[4 * i + 1] = __float2int_rz(b[i]); z[4 * i + 2] = __float2int_ru(a[i]); z[4 * i + 3] = (int)__float2ll_rd(b[i]);
}
