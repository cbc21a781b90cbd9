// target compute_70
// The head in one call: h_0 = x [M,D], h_(i+1) = dropout_i(relu(h_i w_i^T + b_i)), p = softmax(h_n w_n^T + b_n) [M,L], and the loss; layer i is
// w_i [Out,In], b_i [Out], the last one gives the logits. Twins: Layers/PixelMlp.cs; softmax and loss are in softmax.cuh.
//
//   backward  dz_n = g[t]/S * (p - onehot);   dz_(i-1) = h_i > 0 ? (dz_i w_i)/kept : 0;   dX = dz_0 w_0;   dw_i += dz_i^T h_i;   db_i += sum of rows of dz_i
#include "pixel_mlp/layers.cuh"
#include "softmax.cuh"

// Naive: a thread a row, layer by layer through the stored activations; every lane reads another row of them.
extern "C" __global__ void pixel_mlp_forward_v1(float* loss, PixelMlpLayers mlp, const int* __restrict__ targets, const float* __restrict__ classWeights,
    const StepState* __restrict__ state, LossSums* partials, unsigned* ticket)
{
    int m = blockIdx.x * blockDim.x + threadIdx.x;
    LossSums sums = { 0, 0, 0 };
    if (m < mlp.M)
    {
        const float* input = mlp.X + (long long)m * mlp.Width[0];
        #pragma unroll 1
        for (int i = 0; i < mlp.Layers; i++)
        {
            int in = mlp.Width[i], out = mlp.Width[i + 1];
            bool hidden = i + 1 < mlp.Layers;
            float* output = mlp.Output[i] + (long long)m * out;
            #pragma unroll 1
            for (int o = 0; o < out; o++)
            {
                float sum = mlp.B[i][o];
                #pragma unroll 1
                for (int k = 0; k < in; k++) sum += input[k] * mlp.W[i][(long long)o * in + k];
                if (hidden && sum < 0) sum = 0;
                if (hidden && mlp.Threshold > 0)
                {
                    long long e = (long long)m * out + o;
                    sum = word_of(dropout_words(e >> 2, i, state), e & 3) < mlp.Threshold ? 0 : sum / mlp.Kept;
                }
                output[o] = sum;
            }
            input = output;
        }
        float* p = mlp.Output[mlp.Layers - 1] + (long long)m * mlp.Width[mlp.Layers];
        softmax_row(p, p, mlp.Width[mlp.Layers], targets[m], classWeights, sums);
    }
    write_loss(loss, partials, ticket, sums);
}

// Naive chain dLogits -> ... -> dX: a thread a row.
extern "C" __global__ void pixel_mlp_backward_v1(PixelMlpLayers mlp, const float* __restrict__ loss, const int* __restrict__ targets,
    const float* __restrict__ classWeights)
{
    int m = blockIdx.x * blockDim.x + threadIdx.x;
    if (m >= mlp.M) return;
    int last = mlp.Layers - 1, L = mlp.Width[mlp.Layers], target = targets[m];
    bool counts = target >= 0 && target < L && loss[1] != 0;
    float factor = counts ? class_weight(classWeights, target) / loss[1] : 0;
    #pragma unroll 1
    for (int l = 0; l < L; l++)
    {
        long long e = (long long)m * L + l;
        mlp.DOutput[last][e] = counts ? factor * (mlp.Output[last][e] - (l == target ? 1 : 0)) : 0;
    }
    #pragma unroll 1
    for (int i = last; i >= 0; i--)
    {
        int in = mlp.Width[i], out = mlp.Width[i + 1];
        const float* dz = mlp.DOutput[i] + (long long)m * out;
        float* dx = i > 0 ? mlp.DOutput[i - 1] : mlp.DX;
        if (dx == nullptr) return;
        #pragma unroll 1
        for (int k = 0; k < in; k++)
        {
            float sum = 0;
            #pragma unroll 1
            for (int o = 0; o < out; o++) sum += dz[o] * mlp.W[i][(long long)o * in + k];
            if (i > 0) sum = mlp.Output[i - 1][(long long)m * in + k] > 0 ? sum / mlp.Kept : 0;
            dx[(long long)m * in + k] = sum;
        }
    }
}

// Naive: a thread an element of dw_i or, in column In, of db_i; grid row y is layer y.
extern "C" __global__ void pixel_mlp_backward_weight_v1(PixelMlpLayers mlp)
{
    int i = blockIdx.y, in = mlp.Width[i], out = mlp.Width[i + 1];
    long long e = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (e >= (long long)out * (in + 1)) return;
    int o = e / (in + 1), k = e % (in + 1);
    const float* dz = mlp.DOutput[i] + o;
    const float* input = i > 0 ? mlp.Output[i - 1] : mlp.X;
    float sum = 0;
    #pragma unroll 1
    for (int m = 0; m < mlp.M; m++) sum += dz[(long long)m * out] * (k < in ? input[(long long)m * in + k] : 1);
    if (k < in) mlp.DW[i][(long long)o * in + k] += sum;
    else mlp.DB[i][o] += sum;
}
