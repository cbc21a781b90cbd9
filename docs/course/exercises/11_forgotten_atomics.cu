// target compute_70
// Histogram: counts[c] = how many of labels [n] are c, counts [L], 0 at the start; labels are 0 to L - 1.
//
// A thread a label in blocks of 128.

extern "C" __global__ void histogram(int* counts, const int* labels, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    counts[labels[i]] += 1;
}
