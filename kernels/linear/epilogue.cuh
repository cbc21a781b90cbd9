// What follows a dense layer in the same pass: y [M,Out] = dropout(relu?(sum + b)). Twins: LinearEpilogue in Sizes.cs, Layers/Dropout.cs.
//
// Dropout is inverted and has no stored mask: element e = m*Out + o is 0 where word e % 4 of Philox block e / 4 lies below Threshold = p * 2^32, else
// it is divided by Kept = 1 - p. The result depends on the element's number alone, not on the tile or thread that computes it; the backward pass takes the
// mask from the sign of y.
#pragma once
#include "common.cuh"
#include "gemm_operands.cuh"

struct LinearSizes { int M, In, Out; };

// Kept 1: no dropout, and the step's state is not read.
struct LinearEpilogue { int Relu; unsigned Threshold; float Kept; int Stream; };

__device__ __forceinline__ uint4 dropout_words(long long block, LinearEpilogue epilogue, const StepState* state)
{
    unsigned long long step = state->Step;
    return philox(state->Seed ^ (step & 0xFFFFFFFF00000000ull), (unsigned)block, (unsigned)(block >> 32), (unsigned)epilogue.Stream, (unsigned)step);
}

// One output, element e of y.
__device__ __forceinline__ float finish(float sum, float bias, long long e, LinearEpilogue epilogue, const StepState* state)
{
    float v = sum + bias;
    if (epilogue.Relu && v < 0) v = 0;
    if (epilogue.Kept == 1) return v;
    uint4 words = dropout_words(e >> 2, epilogue, state);
    unsigned word = e & 2 ? (e & 1 ? words.w : words.z) : (e & 1 ? words.y : words.x);
    return word < epilogue.Threshold ? 0 : v / epilogue.Kept;
}

// The last step of a tiled product (gemm_outputs.cuh): fours share a call of the generator.
struct EpilogueOutput
{
    float* y;
    const float* b;
    const StepState* state;
    LinearEpilogue epilogue;
    int rows, columns;
    bool vector;

    __device__ __forceinline__ EpilogueOutput(float* y, const float* b, LinearSizes z, LinearEpilogue epilogue, const StepState* state)
        : y(y), b(b), state(state), epilogue(epilogue), rows(z.M), columns(z.Out), vector(in_fours(y, z.Out) && in_fours(b, z.Out)) {}

    __device__ __forceinline__ float drop(float v, unsigned word) const { return word < epilogue.Threshold ? 0 : v / epilogue.Kept; }

    __device__ __forceinline__ void four(int row, int column, float4 v) const
    {
        if (row >= rows || column >= columns) return;
        long long e = (long long)row * columns + column;
        if (b != nullptr)
        {
            float4 bias = *(const float4*)(b + column);
            v = make_float4(v.x + bias.x, v.y + bias.y, v.z + bias.z, v.w + bias.w);
        }
        if (epilogue.Relu) v = make_float4(v.x < 0 ? 0 : v.x, v.y < 0 ? 0 : v.y, v.z < 0 ? 0 : v.z, v.w < 0 ? 0 : v.w);
        if (epilogue.Kept != 1)
        {
            uint4 words = dropout_words(e >> 2, epilogue, state);
            v = make_float4(drop(v.x, words.x), drop(v.y, words.y), drop(v.z, words.z), drop(v.w, words.w));
        }
        *(float4*)(y + e) = v;
    }

    __device__ __forceinline__ void one(int row, int column, float sum) const
    {
        if (row >= rows || column >= columns) return;
        long long e = (long long)row * columns + column;
        y[e] = finish(sum, value_at(b != nullptr ? b + column : nullptr), e, epilogue, state);
    }
};
