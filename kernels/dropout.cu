// target compute_70
// Inverted dropout behind a ReLU, p the probability of a zero. Twins: Layers/Dropout.cs.
//
//   forward   y[e] = word(e) < threshold ? 0 : x[e]/kept;   word(e): word e % 4 of Philox for element e / 4; threshold = p * 2^32, kept = 1 - p
//   backward  dx[e] = y[e] > 0 ? dy[e]/kept : 0: the mask is the sign of the stored output
#include "common.cuh"

// A thread four elements, which share one call of the generator. y may be x.
extern "C" __global__ void dropout_forward_v1(float* y, const float* x, long long count, unsigned threshold, float kept, int stream, const StepState* state)
{
    long long block = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (4 * block >= count) return;
    unsigned long long step = state->Step;
    uint4 words = philox(state->Seed ^ (step & 0xFFFFFFFF00000000ull), (unsigned)block, (unsigned)(block >> 32), (unsigned)stream, (unsigned)step);
    unsigned word[4] = { words.x, words.y, words.z, words.w };
    #pragma unroll
    for (int k = 0; k < 4; k++)
    {
        long long e = 4 * block + k;
        if (e < count) y[e] = word[k] < threshold ? 0 : x[e] / kept;
    }
}

// A thread an element, masked by the sign of the stored output. dx may be dy.
extern "C" __global__ void dropout_backward_v1(float* dx, const float* dy, const float* y, long long count, float kept)
{
    long long e = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (e < count) dx[e] = y[e] > 0 ? dy[e] / kept : 0;
}
