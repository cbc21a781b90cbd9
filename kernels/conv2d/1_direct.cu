// target compute_70
// Convolution (cross-correlation), stride 1, zero padding, NHWC: x [N,H,W,C], w [K,R,S,C], b [K] or null, y [N,P,Q,K]. Twins: Layers/Conv2d.cs.
//
//   forward   y[n,p,q,k]   = relu?(b[k] + sum over r,s,c of w[k,r,s,c] * x[n, p+r-PadH, q+s-PadW, c])
//   backward  dw[k,r,s,c] += sum over n,p,q of dy[n,p,q,k] * x[n, p+r-PadH, q+s-PadW, c]          db[k] += sum over n,p,q of dy[n,p,q,k]
//             dx[n,h,w,c]  = sum over r,s,k of w[k,r,s,c] * dy[n, h-r+PadH, w-s+PadW, k]   where activation > 0, else 0 (activation null: no mask)
//
// Direct: the reference's loops, a thread an element, neighbouring threads neighbouring channels. In the forward pass each lane reads another
// filter, R*S*C words from its neighbour's: a sector for each word.
#include "conv2d/operands.cuh"

// Direct: a thread an output, lanes along the filters, each of which it reads as a whole. Grid: (pixels of y, channels in blocks).
extern "C" __global__ void conv2d_forward_v1(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w, const float* __restrict__ b,
    Conv2dSizes z, int relu)
{
    int k = blockIdx.y * blockDim.x + threadIdx.x;
    if (k >= z.K) return;
    int pixel = blockIdx.x, Q = z.Q(), P = z.P(), q = pixel % Q, p = pixel / Q % P, n = pixel / Q / P;
    float sum = b != nullptr ? b[k] : 0;
    #pragma unroll 1
    for (int r = 0; r < z.R; r++)
    {
        #pragma unroll 1
        for (int s = 0; s < z.S; s++)
        {
            int row = p + r - z.PadH, column = q + s - z.PadW;
            if (row < 0 || row >= z.H || column < 0 || column >= z.W) continue; // padding is 0
            const float* from = x + (((long long)n * z.H + row) * z.W + column) * z.C;
            const float* filter = w + (((long long)k * z.R + r) * z.S + s) * z.C;
            #pragma unroll 1
            for (int c = 0; c < z.C; c++) sum += filter[c] * from[c];
        }
    }
    y[(long long)pixel * z.K + k] = relu && sum < 0 ? 0 : sum;
}

// Direct: a thread an element of dx, lanes along the channels. Grid: (pixels of x, channels in blocks).
extern "C" __global__ void conv2d_backward_input_v1(float* __restrict__ dx, const float* __restrict__ dy, const float* __restrict__ w,
    const float* __restrict__ activation, Conv2dSizes z)
{
    int c = blockIdx.y * blockDim.x + threadIdx.x;
    if (c >= z.C) return;
    int pixel = blockIdx.x, column = pixel % z.W, row = pixel / z.W % z.H, n = pixel / z.W / z.H, P = z.P(), Q = z.Q();
    float sum = 0;
    #pragma unroll 1
    for (int r = 0; r < z.R; r++)
    {
        #pragma unroll 1
        for (int s = 0; s < z.S; s++)
        {
            int p = row - r + z.PadH, q = column - s + z.PadW;
            if (p < 0 || p >= P || q < 0 || q >= Q) continue; // no output there
            const float* from = dy + (((long long)n * P + p) * Q + q) * z.K;
            const float* filter = w + ((long long)r * z.S + s) * z.C + c;
            #pragma unroll 1
            for (int k = 0; k < z.K; k++) sum += filter[(long long)k * z.taps() * z.C] * from[k];
        }
    }
    long long e = (long long)pixel * z.C + c;
    dx[e] = activation == nullptr || activation[e] > 0 ? sum : 0;
}

// Direct: a thread a weight, which walks all pixels, lanes along the channels. Grid: (K*R*S, channels in blocks).
extern "C" __global__ void conv2d_backward_weight_v1(float* __restrict__ dw, const float* __restrict__ dy, const float* __restrict__ x, Conv2dSizes z)
{
    int c = blockIdx.y * blockDim.x + threadIdx.x;
    if (c >= z.C) return;
    int s = blockIdx.x % z.S, r = blockIdx.x / z.S % z.R, k = blockIdx.x / z.S / z.R, P = z.P(), Q = z.Q();
    float sum = 0;
    #pragma unroll 1
    for (int line = 0; line < z.N * P; line++)
    {
        int n = line / P, row = line % P + r - z.PadH;
        if (row < 0 || row >= z.H) continue; // padding is 0
        #pragma unroll 1
        for (int q = 0; q < Q; q++)
        {
            int column = q + s - z.PadW;
            if (column < 0 || column >= z.W) continue;
            sum += dy[((long long)line * Q + q) * z.K + k] * x[(((long long)n * z.H + row) * z.W + column) * z.C + c];
        }
    }
    dw[(long long)blockIdx.x * z.C + c] += sum;
}

// A thread a filter, which walks all pixels.
extern "C" __global__ void conv2d_backward_bias_v1(float* __restrict__ db, const float* __restrict__ dy, Conv2dSizes z)
{
    int k = blockIdx.x * blockDim.x + threadIdx.x;
    if (k >= z.K) return;
    float sum = 0;
    #pragma unroll 1
    for (int pixel = 0; pixel < z.N * z.P() * z.Q(); pixel++) sum += dy[(long long)pixel * z.K + k];
    db[k] += sum;
}
