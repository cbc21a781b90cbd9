using System.Runtime.CompilerServices;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// Normalize: y[n,h,w,c] = x[n,h,w,order(c)] * gain[c] + offset[c], bytes to floats. One task = some rows.
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void NormalizeForward(Tensor y, Tensor x, in NormalizeSizes sizes, in ChannelTransform transform)
    {
        long pixels = (long)sizes.N * sizes.H * sizes.W;
        var job = new NormalizeJob
        {
            Y = Floats(y, pixels * 3),
            X = Elements<byte>(x, pixels * 3),
            Pixels = pixels,
            Chunks = Chunks(pixels, 4096),
            Transform = transform,
        };
        _pool.Run(&NormalizeJob.Run, &job, job.Chunks);
    }

    private struct NormalizeJob
    {
        public float* Y;
        public byte* X;
        public long Pixels;
        public int Chunks;
        public ChannelTransform Transform;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Run(void* arguments, int task, int worker)
        {
            var job = (NormalizeJob*)arguments;
            long start = ChunkStart(job->Pixels, job->Chunks, task), end = ChunkStart(job->Pixels, job->Chunks, task + 1);
            var t = job->Transform;
            int first = t.ReverseChannels ? 2 : 0, last = 2 - first;
            float* y = job->Y + 3 * start;
            byte* x = job->X + 3 * start;
            for (long pixel = start; pixel < end; pixel++, y += 3, x += 3)
            {
                y[0] = x[first] * t.Gain0 + t.Offset0;
                y[1] = x[1] * t.Gain1 + t.Offset1;
                y[2] = x[last] * t.Gain2 + t.Offset2;
            }
        }
    }
}
