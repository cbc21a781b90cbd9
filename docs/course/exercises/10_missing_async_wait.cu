// target compute_80
// Each chunk of 256 backwards: y[256 c + i] = x[256 c + 255 - i], x and y [n], n a multiple of 256.
//
// A block of 64 threads a chunk: each starts an asynchronous copy of 16 bytes into shared memory, then writes four elements.

extern "C" __global__ void reverse_chunks(float* y, const float* x, int n)
{
    __shared__ __align__(16) float s[256];
    int t = threadIdx.x, first = blockIdx.x * 256;
    unsigned to = (unsigned)__cvta_generic_to_shared(s + 4 * t);
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" :: "r"(to), "l"(x + first + 4 * t) : "memory");
    asm volatile("cp.async.commit_group;" ::: "memory");
    __syncthreads();
    for (int i = t; i < 256; i += 64) y[first + i] = s[255 - i];
}
