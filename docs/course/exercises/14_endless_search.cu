// target compute_70
// Class of each random number: y[i] = the first c with u[i] < edges[c]; u and y [n], edges [L] ascending, edges[L-1] above every u.
//
// A thread a number in blocks of 64; the edges are searched by halving the range [low, high] that holds c.

extern "C" __global__ void draw_class(int* y, const float* u, const float* edges, int n, int L)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    int low = 0, high = L - 1;
    while (low < high)
    {
        int middle = (low + high) / 2;
        if (u[i] < edges[middle]) high = middle;
        else low = middle;
    }
    y[i] = low;
}
