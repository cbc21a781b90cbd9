// Sizes of a convolution and where the operands of its matrix products lie (implicit GEMM: the matrix of windows is read where it lies in the image and
// never written). A pixel index is (n*P + p)*Q + q, a tap index r*S + s.
#pragma once
#include "gemm_operands.cuh"

struct Conv2dSizes
{
    int N, H, W, C, K, R, S, PadH, PadW;

    __device__ __forceinline__ int P() const { return H + 2 * PadH - R + 1; }
    __device__ __forceinline__ int Q() const { return W + 2 * PadW - S + 1; }
    __device__ __forceinline__ int taps() const { return R * S; }
};

// A map [N,Height,Width,C] as seen by the pixels of another map [N,RowsOut,ColumnsOut]: element (pixel, k = (r*S + s)*C + c) is the map's at
// (y + sign*r, x + sign*s, c) with (y, x) the pixel + offset. The forward pass reads x (sign 1, offset -pad), the input gradient dy (sign -1, offset pad).
struct Windows
{
    static constexpr bool AlongK = true, Regular = false;
    struct Row { const float* image; int y, x; };
    const float* base;
    int pixels, height, width, channels, rowsOut, columnsOut, S, depth, sign, offsetY, offsetX;
    bool vector;

    static __device__ __forceinline__ Windows of_input(const float* x, Conv2dSizes z)
    {
        return { x, z.N * z.P() * z.Q(), z.H, z.W, z.C, z.P(), z.Q(), z.S, z.taps() * z.C, 1, -z.PadH, -z.PadW, in_fours(x, z.C) };
    }

    static __device__ __forceinline__ Windows of_output_gradient(const float* dy, Conv2dSizes z)
    {
        return { dy, z.N * z.H * z.W, z.P(), z.Q(), z.K, z.H, z.W, z.S, z.taps() * z.K, -1, z.PadH, z.PadW, in_fours(dy, z.K) };
    }

    __device__ __forceinline__ Row row(int pixel) const
    {
        if (pixel >= pixels) return { nullptr, 0, 0 };
        int line = pixel / columnsOut, n = line / rowsOut;
        return { base + (long long)n * height * width * channels, line - n * rowsOut + offsetY, pixel - line * columnsOut + offsetX };
    }

    __device__ __forceinline__ const float* at(Row row, int k) const
    {
        int tap = k / channels, r = tap / S, y = row.y + sign * r, x = row.x + sign * (tap - r * S);
        bool inside = row.image != nullptr && k < depth && (unsigned)y < (unsigned)height && (unsigned)x < (unsigned)width;
        return inside ? row.image + ((long long)y * width + x) * channels + (k - tap * channels) : nullptr;
    }
};

// The same windows with the pixels along k, for the weight gradient: element (i = (r*S + s)*C + c, k = pixel) of x.
struct WindowsAcross
{
    static constexpr bool AlongK = false, Regular = false;
    struct Row { int r, s, c; };
    const float* base;
    Conv2dSizes z;
    int pixels, columns;
    bool vector;

    __device__ __forceinline__ WindowsAcross(const float* x, Conv2dSizes z)
        : base(x), z(z), pixels(z.N * z.P() * z.Q()), columns(z.taps() * z.C), vector(in_fours(x, z.C)) {}

    __device__ __forceinline__ Row row(int i) const
    {
        int tap = i / z.C, r = tap / z.S;
        return { i < columns ? r - z.PadH : -z.H - z.R - z.PadH, tap - r * z.S - z.PadW, i - tap * z.C };
    }

    __device__ __forceinline__ const float* at(Row row, int pixel) const
    {
        int Q = z.Q(), P = z.P(), line = pixel / Q, n = line / P, y = line - n * P + row.r, column = pixel - line * Q + row.s;
        bool inside = pixel < pixels && (unsigned)y < (unsigned)z.H && (unsigned)column < (unsigned)z.W;
        return inside ? base + (((long long)n * z.H + y) * z.W + column) * z.C + row.c : nullptr;
    }
};

// The filters w [K,R,S,C] of the input gradient: element (c, k = (r*S + s)*K + filter).
struct FiltersAcross
{
    static constexpr bool AlongK = false, Regular = false;
    struct Row { int c; };
    const float* base;
    int C, K, taps;
    bool vector;

    __device__ __forceinline__ FiltersAcross(const float* w, Conv2dSizes z) : base(w), C(z.C), K(z.K), taps(z.taps()), vector(in_fours(w, z.C)) {}
    __device__ __forceinline__ Row row(int c) const { return { c }; }

    __device__ __forceinline__ const float* at(Row row, int k) const
    {
        int tap = k / K;
        return row.c < C && tap < taps ? base + ((long long)(k - tap * K) * taps + tap) * C + row.c : nullptr;
    }
};

// relu?(sum + b[column]), b may be null.
struct BiasOutput
{
    float* y;
    const float* b;
    int rows, columns;
    bool relu, vector;

    __device__ __forceinline__ BiasOutput(float* y, const float* b, int rows, int columns, int relu)
        : y(y), b(b), rows(rows), columns(columns), relu(relu != 0), vector(in_fours(y, columns) && in_fours(b, columns)) {}

    __device__ __forceinline__ float finish(float sum, float bias) const { return relu && sum + bias < 0 ? 0 : sum + bias; }

    __device__ __forceinline__ void four(int row, int column, float4 sum) const
    {
        if (row >= rows || column >= columns) return;
        float4 bias = b != nullptr ? *(const float4*)(b + column) : make_float4(0, 0, 0, 0);
        *(float4*)(y + (long long)row * columns + column) = make_float4(finish(sum.x, bias.x), finish(sum.y, bias.y), finish(sum.z, bias.z), finish(sum.w, bias.w));
    }

    __device__ __forceinline__ void one(int row, int column, float sum) const
    {
        if (row < rows && column < columns) y[(long long)row * columns + column] = finish(sum, value_at(b != nullptr ? b + column : nullptr));
    }
};
