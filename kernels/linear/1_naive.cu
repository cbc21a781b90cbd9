// target compute_70
// Dense layer on rows: x [M,In], w [Out,In], b [Out] or null, y [M,Out]. Twins: Layers/Linear.cs.
//
//   forward   y[m,o]   = dropout(relu?(b[o] + sum over i of x[m,i] * w[o,i]))   (epilogue.cuh)
//   backward  dw[o,i] += sum over m of dy[m,o] * x[m,i]          db[o] += sum over m of dy[m,o]
//             dx[m,i]  = sum over o of dy[m,o] * w[o,i];  where an activation is given: activation[m,i] > 0 ? that/kept : 0
//
// Rung 1 of the ladder, naive: the reference's loops, a thread an element, neighbouring threads neighbouring columns. In the forward pass
// neighbouring threads read different rows of w: a sector for each word. The ladder: 2 coalesced, 3 shared tile, 4 register tile, 5 vector
// loads, 6 swizzle, 7 tensor cores. All sum over k in ascending order but rung 2.
#include "linear/epilogue.cuh"

// Naive: a thread an output, lanes along the outputs and so each at another row of w. Grid: (M, columns in blocks).
extern "C" __global__ void linear_forward_v1(float* __restrict__ y, const float* __restrict__ x, const float* __restrict__ w, const float* __restrict__ b,
    LinearSizes z, LinearEpilogue epilogue, const StepState* __restrict__ state)
{
    int m = blockIdx.x, o = blockIdx.y * blockDim.x + threadIdx.x;
    if (o >= z.Out) return;
    float sum = 0;
    #pragma unroll 1
    for (int i = 0; i < z.In; i++) sum += x[(long long)m * z.In + i] * w[(long long)o * z.In + i];
    long long e = (long long)m * z.Out + o;
    y[e] = finish(sum, b != nullptr ? b[o] : 0, e, epilogue, state);
}

// Naive: a thread an element of dx, lanes along the inputs. Grid: (M, columns in blocks).
extern "C" __global__ void linear_backward_input_v1(float* __restrict__ dx, const float* __restrict__ dy, const float* __restrict__ w,
    const float* __restrict__ activation, float kept, LinearSizes z)
{
    int m = blockIdx.x, i = blockIdx.y * blockDim.x + threadIdx.x;
    if (i >= z.In) return;
    float sum = 0;
    #pragma unroll 1
    for (int o = 0; o < z.Out; o++) sum += dy[(long long)m * z.Out + o] * w[(long long)o * z.In + i];
    long long e = (long long)m * z.In + i;
    dx[e] = activation == nullptr ? sum : activation[e] > 0 ? sum / kept : 0;
}

// Naive: a thread a weight, which walks all rows, lanes along the inputs. Grid: (Out, columns in blocks).
extern "C" __global__ void linear_backward_weight_v1(float* __restrict__ dw, const float* __restrict__ dy, const float* __restrict__ x, LinearSizes z)
{
    int o = blockIdx.x, i = blockIdx.y * blockDim.x + threadIdx.x;
    if (i >= z.In) return;
    float sum = 0;
    #pragma unroll 1
    for (int m = 0; m < z.M; m++) sum += dy[(long long)m * z.Out + o] * x[(long long)m * z.In + i];
    dw[(long long)o * z.In + i] += sum;
}

// A thread an output, which walks all rows.
extern "C" __global__ void linear_backward_bias_v1(float* __restrict__ db, const float* __restrict__ dy, LinearSizes z)
{
    int o = blockIdx.x * blockDim.x + threadIdx.x;
    if (o >= z.Out) return;
    float sum = 0;
    #pragma unroll 1
    for (int m = 0; m < z.M; m++) sum += dy[(long long)m * z.Out + o];
    db[o] += sum;
}
