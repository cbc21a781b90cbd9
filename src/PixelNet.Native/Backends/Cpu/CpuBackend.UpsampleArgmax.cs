using System.Numerics;
using System.Runtime.CompilerServices;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// UpsampleArgmax: labels [OutH,OutW] = argmax over L of scores [H,W,L], interpolated bilinearly with half-pixel centres. One task = one
// output row.
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void UpsampleArgmaxForward(Tensor labels, Tensor scores, in UpsampleSizes sizes)
    {
        var job = new UpsampleJob
        {
            Sizes = sizes,
            Labels = Elements<byte>(labels, (long)sizes.OutH * sizes.OutW),
            Scores = Floats(scores, (long)sizes.H * sizes.W * sizes.L),
        };
        _pool.Run(&UpsampleJob.Run, &job, sizes.OutH);
    }

    private struct UpsampleJob
    {
        private const int Block = 64;

        public UpsampleSizes Sizes;
        public byte* Labels;
        public float* Scores;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Run(void* arguments, int task, int worker)
        {
            var job = (UpsampleJob*)arguments;
            var s = job->Sizes;
            var (y0, y1, fy) = Place(task, s.H, s.OutH);
            float* row0 = job->Scores + (long)y0 * s.W * s.L, row1 = job->Scores + (long)y1 * s.W * s.L;
            byte* labels = job->Labels + (long)task * s.OutW;
            float* values = stackalloc float[Block];
            for (int x = 0; x < s.OutW; x++)
            {
                var (x0, x1, fx) = Place(x, s.W, s.OutW);
                float* a = row0 + (long)x0 * s.L, b = row0 + (long)x1 * s.L, c = row1 + (long)x0 * s.L, d = row1 + (long)x1 * s.L;
                float wa = (float)((1 - fy) * (1 - fx)), wb = (float)((1 - fy) * fx), wc = (float)(fy * (1 - fx)), wd = (float)(fy * fx);
                float best = float.NegativeInfinity;
                int label = 0;
                for (int first = 0; first < s.L; first += Block)
                {
                    int count = Math.Min(Block, s.L - first), i = 0;
                    for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
                        (Vector.Load(a + first + i) * wa + Vector.Load(b + first + i) * wb + Vector.Load(c + first + i) * wc + Vector.Load(d + first + i) * wd)
                            .Store(values + i);
                    for (; i < count; i++) values[i] = a[first + i] * wa + b[first + i] * wb + c[first + i] * wc + d[first + i] * wd;
                    for (i = 0; i < count; i++)
                        if (values[i] > best) (best, label) = (values[i], first + i);
                }
                labels[x] = (byte)label;
            }
        }

        /// <summary>The two source positions around output position o, and the weight of the second.</summary>
        private static (int First, int Second, double Fraction) Place(int o, int n, int outN)
        {
            double t = Math.Clamp((o + 0.5) * n / outN - 0.5, 0, n - 1);
            int first = (int)t;
            return (first, Math.Min(first + 1, n - 1), t - first);
        }
    }
}
