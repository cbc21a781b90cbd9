// target compute_70
// 2x2 max-pooling of stride 2, NHWC: x [N,H,W,C] -> y, argmax [N,P,Q,C] with P = H/2, Q = W/2 (floor). Twins: Layers/MaxPool2d.cs.
//
//   y = max of the window; argmax = 0..3, row-major, the first maximum wins
//   dx = dy at the stored position, 0 elsewhere (an odd last row or column included); 0 where activation <= 0
//
// One thread an element; neighbouring threads are neighbouring channels, so all accesses are coalesced.

struct MaxPool2dSizes { int N, H, W, C; };

extern "C" __global__ void max_pool2d_forward_v1(float* __restrict__ y, unsigned char* __restrict__ argmax, const float* __restrict__ x, MaxPool2dSizes sizes)
{
    int P = sizes.H / 2, Q = sizes.W / 2;
    long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (i >= (long long)sizes.N * P * Q * sizes.C) return;
    int c = i % sizes.C, q = i / sizes.C % Q, p = i / sizes.C / Q % P, n = i / sizes.C / Q / P;
    const float* window = x + (((long long)n * sizes.H + 2 * p) * sizes.W + 2 * q) * sizes.C + c;
    float best = window[0];
    int at = 0;
    for (int k = 1; k < 4; k++)
    {
        float v = window[((k >> 1) * (long long)sizes.W + (k & 1)) * sizes.C];
        if (v > best) { best = v; at = k; }
    }
    y[i] = best;
    argmax[i] = at;
}

// Thread an element of dx: it reads the one window it lies in. activation may be null.
extern "C" __global__ void max_pool2d_backward_v1(float* __restrict__ dx, const float* __restrict__ dy, const unsigned char* __restrict__ argmax,
    const float* __restrict__ activation, MaxPool2dSizes sizes)
{
    int P = sizes.H / 2, Q = sizes.W / 2;
    long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (i >= (long long)sizes.N * sizes.H * sizes.W * sizes.C) return;
    int c = i % sizes.C, w = i / sizes.C % sizes.W, h = i / sizes.C / sizes.W % sizes.H, n = i / sizes.C / sizes.W / sizes.H;
    int p = h / 2, q = w / 2;
    float gradient = 0;
    if (p < P && q < Q)
    {
        long long o = (((long long)n * P + p) * Q + q) * sizes.C + c;
        if (argmax[o] == (h & 1) * 2 + (w & 1)) gradient = dy[o];
    }
    if (activation != nullptr && !(activation[i] > 0)) gradient = 0;
    dx[i] = gradient;
}
