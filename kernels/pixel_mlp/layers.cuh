// The layers of the head as the kernels of pixel_mlp/ take them: one structure by value. Twin: the launching code of CudaBackend.PixelMlp.cs.
#pragma once
#include "common.cuh"

constexpr int MaxLayers = 16;

// Width[0] = D and Width[i + 1] = outputs of layer i, of Layers in all; Widest = the largest of Width[1..]. Layer i: weights W [Out,In], bias B [Out],
// its output [M,Out] (the probabilities for the last), the gradient DOutput [M,Out] of its output before the ReLU, and DW, DB. DX is null
// where it is not wanted. Threshold = p * 2^32 and Kept = 1 - p of the dropout.
struct PixelMlpLayers
{
    int M, Layers, Widest, Width[MaxLayers + 1];
    unsigned Threshold;
    float Kept;
    const float* X;
    const float* W[MaxLayers];
    const float* B[MaxLayers];
    float* Output[MaxLayers];
    float* DOutput[MaxLayers];
    float* DX;
    float* DW[MaxLayers];
    float* DB[MaxLayers];
};

// The generator's words for elements 4*block .. 4*block+3 of layer `stream`.
__device__ __forceinline__ uint4 dropout_words(long long block, int stream, const StepState* state)
{
    unsigned long long step = state->Step;
    return philox(state->Seed ^ (step & 0xFFFFFFFF00000000ull), (unsigned)block, (unsigned)(block >> 32), (unsigned)stream, (unsigned)step);
}

__device__ __forceinline__ unsigned word_of(uint4 words, int k) { return k == 0 ? words.x : k == 1 ? words.y : k == 2 ? words.z : words.w; }
