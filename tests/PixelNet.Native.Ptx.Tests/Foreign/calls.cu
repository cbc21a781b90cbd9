struct Pair { float a; int b; };

__device__ __noinline__ Pair split(float x, int k)
{
    Pair p;
    p.a = x * k;
    p.b = (int)x + k;
    return p;
}

__device__ __noinline__ float horner(const float* c, int n, float x)
{
    float r = 0;
    for (int i = n - 1; i >= 0; i--) r = r * x + c[i];
    return r;
}

extern "C" __global__ void calls(float* y, const float* x, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float c[5] = { 1, 2, 3, 4, 0.5f };
    c[i % 5] += 1;
    Pair p = split(x[i], i);
    y[i] = p.b + (i % 3 == 0 ? horner(c, 5, x[i]) : p.a);
}

// Insertion sort of a window in local memory.
extern "C" __global__ void median(float* y, const float* x, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float w[9];
    for (int k = 0; k < 9; k++) {
        int at = i + k - 4;
        w[k] = x[at < 0 ? 0 : at >= n ? n - 1 : at];
    }
    for (int a = 1; a < 9; a++) {
        float v = w[a];
        int b = a - 1;
        while (b >= 0 && w[b] > v) { w[b + 1] = w[b]; b--; }
        w[b + 1] = v;
    }
    y[i] = w[4];
}

extern "C" __global__ void machine(int* y, const int* code, int steps)
{
    int acc = threadIdx.x, stack[16], top = 0;
    for (int pc = 0; pc < steps; pc++) {
        switch (code[pc] + (pc == 3 ? threadIdx.x % 3 : 0)) {
            case 0: acc += 3; break;
            case 1: acc *= 5; break;
            case 2: acc ^= 0x55; break;
            case 3: stack[top++ & 15] = acc; break;
            case 4: acc -= stack[--top & 15]; break;
            case 5: acc = acc << 2 | acc >> 30; break;
            case 6: acc = -acc; break;
            case 7: acc /= 3; break;
            case 8: acc %= 1000; break;
            default: acc++; break;
        }
    }
    y[threadIdx.x] = acc;
}

extern "C" __global__ void collatz(int* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    long long v = i + 1;
    int steps = 0;
    while (v != 1) {
        if (v & 1) v = 3 * v + 1;
        else v /= 2;
        if (++steps > 500) break;
    }
    y[i] = steps;
}

