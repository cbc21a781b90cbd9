// target compute_70
// Labels at another size: scores [H,W,L], labels uint8 [OutH,OutW]. Twins: Layers/UpsampleArgmax.cs.
//
//   t = clamp((o + 0.5)*n/outN - 0.5, 0, n-1) per axis, i = floor(t), f = t - i;   label = first l with the largest bilinear value of scores[.,.,l]
//
// In units of 1/(2 outN) t is the integer (2o + 1)n - outN, so all but the last division is exact; 2*outN*n must stay below 2^31.

struct UpsampleSizes { int H, W, L, OutH, OutW; };

struct Between { int first, second; float fraction; };

__device__ __forceinline__ Between between(int o, int n, int outN)
{
    int unit = 2 * outN, t = min(max((2 * o + 1) * n - outN, 0), (n - 1) * unit);
    Between b;
    b.first = t / unit;
    b.second = min(b.first + 1, n - 1);
    b.fraction = float(t - b.first * unit) / float(unit);
    return b;
}

// A thread a pixel, lanes along the columns: in an enlargement neighbours share their four cells, whose classes they walk together.
extern "C" __global__ void upsample_argmax_forward_v1(unsigned char* __restrict__ labels, const float* __restrict__ scores, UpsampleSizes sizes)
{
    int ox = blockIdx.x * blockDim.x + threadIdx.x, oy = blockIdx.y * blockDim.y + threadIdx.y;
    if (ox >= sizes.OutW || oy >= sizes.OutH) return;
    Between y = between(oy, sizes.H, sizes.OutH), x = between(ox, sizes.W, sizes.OutW);
    const float* top = scores + (long long)y.first * sizes.W * sizes.L;
    const float* bottom = scores + (long long)y.second * sizes.W * sizes.L;
    long long left = (long long)x.first * sizes.L, right = (long long)x.second * sizes.L;
    float a = (1 - y.fraction) * (1 - x.fraction), b = (1 - y.fraction) * x.fraction, c = y.fraction * (1 - x.fraction), d = y.fraction * x.fraction;
    float largest = 0;
    int label = 0;
    #pragma unroll 1
    for (int l = 0; l < sizes.L; l++)
    {
        float v = a * top[left + l] + b * top[right + l] + c * bottom[left + l] + d * bottom[right + l];
        if (l == 0 || v > largest) { largest = v; label = l; }
    }
    labels[(long long)oy * sizes.OutW + ox] = label;
}
