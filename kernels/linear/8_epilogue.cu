// target compute_70
// Dense layer, what is left to do where a library has computed the product: y [M,Out] = dropout(relu?(y + b)) in place, b [Out] or null (epilogue.cuh).
#include "linear/epilogue.cuh"

// A thread four elements, which share one call of the generator; the grid covers M*Out.
extern "C" __global__ void linear_epilogue_v8(float* y, const float* __restrict__ b, LinearSizes z, LinearEpilogue epilogue, const StepState* __restrict__ state)
{
    EpilogueOutput output(y, b, z, epilogue, state);
    long long count = (long long)z.M * z.Out, first = 4 * (blockIdx.x * (long long)blockDim.x + threadIdx.x);
    if (first >= count) return;
    if (output.vector)
    {
        output.four((int)(first / z.Out), (int)(first % z.Out), *(const float4*)(y + first));
        return;
    }
    for (long long e = first; e < min(first + 4, count); e++) output.one((int)(e / z.Out), (int)(e % z.Out), y[e]);
}
