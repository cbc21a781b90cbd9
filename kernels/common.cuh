// What several kernels share: the step's state, parameter segments and the random generator. Twins in src/PixelNet.Native/Backends: StepState.cs,
// ParameterSegment.cs, Philox.cs.
#pragma once

struct StepState
{
    unsigned long long Seed, Step;
    float LearningRate, AdamCorrection1, AdamCorrection2, Reserved0;
    unsigned long long Reserved1;
};

struct ParameterSegment { long long Offset, Count; float LearningRateMultiplier, DecayMultiplier; };

// Philox4x32-10 (Salmon et al. 2011): four words from a 128-bit counter and a 64-bit key.
__device__ __forceinline__ uint4 philox(unsigned long long key, unsigned c0, unsigned c1, unsigned c2, unsigned c3)
{
    unsigned k0 = (unsigned)key, k1 = (unsigned)(key >> 32);
    #pragma unroll
    for (int round = 0; round < 10; round++)
    {
        unsigned high0 = __umulhi(0xD2511F53u, c0), low0 = 0xD2511F53u * c0, high1 = __umulhi(0xCD9E8D57u, c2), low1 = 0xCD9E8D57u * c2;
        c0 = high1 ^ c1 ^ k0;
        c1 = low1;
        c2 = high0 ^ c3 ^ k1;
        c3 = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    return make_uint4(c0, c1, c2, c3);
}
