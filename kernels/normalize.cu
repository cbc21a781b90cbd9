// target compute_70
// Bytes to numbers: x uint8 [N,H,W,3], y [N,H,W,3]; y[..c] = x[..order(c)] * gain[c] + offset[c], order(c) = c, or 2 - c when reversed. Twins: Layers/Normalize.cs.

struct ChannelTransform { int ReverseChannels; float Gain[3], Offset[3]; };

// Thread an element of y; count = N*H*W*3.
extern "C" __global__ void normalize_forward_v1(float* __restrict__ y, const unsigned char* __restrict__ x, long long count, ChannelTransform transform)
{
    long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x;
    if (i >= count) return;
    int c = i % 3;
    float gain = c == 0 ? transform.Gain[0] : c == 1 ? transform.Gain[1] : transform.Gain[2];
    float offset = c == 0 ? transform.Offset[0] : c == 1 ? transform.Offset[1] : transform.Offset[2];
    y[i] = x[transform.ReverseChannels ? i - c + (2 - c) : i] * gain + offset;
}
