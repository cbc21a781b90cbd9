using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// MaxPool2d: maximum of each 2x2 window, its position 0..3 in a byte; the gradient goes to that position. One task = some output rows.
public sealed unsafe partial class CpuBackend
{
    private const int PoolLanes = 16;

    /// <inheritdoc/>
    public void MaxPool2dForward(Tensor y, Tensor argmax, Tensor x, in MaxPool2dSizes sizes)
    {
        var job = new PoolJob
        {
            Sizes = sizes,
            X = Floats(x, (long)sizes.N * sizes.H * sizes.W * sizes.C),
            Y = Floats(y, (long)sizes.N * sizes.P * sizes.Q * sizes.C),
            Argmax = Elements<byte>(argmax, (long)sizes.N * sizes.P * sizes.Q * sizes.C),
        };
        _pool.Run(&PoolJob.Forward, &job, sizes.N * sizes.P);
    }

    /// <inheritdoc/>
    public void MaxPool2dBackward(Tensor dx, Tensor dy, Tensor argmax, Tensor? activation, in MaxPool2dSizes sizes)
    {
        long count = (long)sizes.N * sizes.H * sizes.W * sizes.C;
        var job = new PoolJob
        {
            Sizes = sizes,
            X = Floats(dx, count),
            Y = Floats(dy, (long)sizes.N * sizes.P * sizes.Q * sizes.C),
            Argmax = Elements<byte>(argmax, (long)sizes.N * sizes.P * sizes.Q * sizes.C),
            Activation = Floats(activation, count, optional: true),
        };
        // Tasks are pairs of input rows; an odd last row is a task of its own.
        _pool.Run(&PoolJob.Backward, &job, sizes.N * ((sizes.H + 1) / 2));
    }

    private struct PoolJob
    {
        public MaxPool2dSizes Sizes;
        public float* X, Y, Activation;
        public byte* Argmax;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Forward(void* arguments, int task, int worker)
        {
            var job = (PoolJob*)arguments;
            var s = job->Sizes;
            int n = task / s.P, p = task % s.P;
            float* x0 = job->X + ((long)n * s.H + 2 * p) * s.W * s.C;
            float* x1 = x0 + (long)s.W * s.C;
            long first = (long)task * s.Q * s.C;
            float* y = job->Y + first;
            byte* argmax = job->Argmax + first;
            for (int q = 0; q < s.Q; q++, x0 += 2 * s.C, x1 += 2 * s.C, y += s.C, argmax += s.C)
            {
                int c = 0;
                for (; c <= s.C - PoolLanes; c += PoolLanes)
                {
                    var low = Maximum(x0 + c, x1 + c, s.C, out var v);
                    v.Store(y + c);
                    var high = Maximum(x0 + c + 8, x1 + c + 8, s.C, out v);
                    v.Store(y + c + 8);
                    var positions = Vector256.Narrow(low, high);
                    Vector128.Narrow(positions.GetLower(), positions.GetUpper()).AsByte().Store(argmax + c);
                }
                for (; c < s.C; c++)
                {
                    float best = x0[c];
                    byte position = 0;
                    if (x0[c + s.C] > best) (best, position) = (x0[c + s.C], 1);
                    if (x1[c] > best) (best, position) = (x1[c], 2);
                    if (x1[c + s.C] > best) (best, position) = (x1[c + s.C], 3);
                    y[c] = best;
                    argmax[c] = position;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<int> Maximum(float* x0, float* x1, int c, out Vector256<float> best)
        {
            best = Vector256.Load(x0);
            var position = Vector256<int>.Zero;
            Take(Vector256.Load(x0 + c), 1, ref best, ref position);
            Take(Vector256.Load(x1), 2, ref best, ref position);
            Take(Vector256.Load(x1 + c), 3, ref best, ref position);
            return position;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Take(Vector256<float> candidate, int index, ref Vector256<float> best, ref Vector256<int> position)
        {
            var larger = Vector256.GreaterThan(candidate, best);
            best = Vector256.ConditionalSelect(larger, candidate, best);
            position = Vector256.ConditionalSelect(larger.AsInt32(), Vector256.Create(index), position);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public static void Backward(void* arguments, int task, int worker)
        {
            var job = (PoolJob*)arguments;
            var s = job->Sizes;
            int pairs = (s.H + 1) / 2;
            int n = task / pairs, p = task % pairs;
            long rowFloats = (long)s.W * s.C;
            long start = ((long)n * s.H + 2 * p) * rowFloats;
            if (p == s.P)
            {
                new Span<float>(job->X + start, (int)rowFloats).Clear();
                return;
            }
            long window = ((long)n * s.P + p) * s.Q * s.C;
            for (int row = 0; row < 2; row++, start += rowFloats)
            {
                float* dx = job->X + start;
                float* activation = job->Activation == null ? null : job->Activation + start;
                float* dy = job->Y + window;
                byte* argmax = job->Argmax + window;
                for (int q = 0; q < s.Q; q++, dy += s.C, argmax += s.C)
                    for (int column = 0; column < 2; column++, dx += s.C)
                    {
                        Route(dx, dy, argmax, activation, (byte)(2 * row + column), s.C);
                        if (activation != null) activation += s.C;
                    }
                if (2 * s.Q < s.W) new Span<float>(dx, s.C).Clear();
            }
        }

        /// <summary>dx = dy where the position is this one and the activation is positive.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Route(float* dx, float* dy, byte* argmax, float* activation, byte position, int channels)
        {
            int c = 0;
            for (; c <= channels - PoolLanes; c += PoolLanes)
            {
                var (low, high) = Vector128.Widen(Vector128.Equals(Vector128.Load(argmax + c), Vector128.Create(position)).AsSByte());
                var (low0, low1) = Vector128.Widen(low);
                var (high0, high1) = Vector128.Widen(high);
                Select(dx + c, dy + c, activation == null ? null : activation + c, Vector256.Create(low0, low1));
                Select(dx + c + 8, dy + c + 8, activation == null ? null : activation + c + 8, Vector256.Create(high0, high1));
            }
            for (; c < channels; c++)
                dx[c] = argmax[c] == position && (activation == null || activation[c] > 0) ? dy[c] : 0;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Select(float* dx, float* dy, float* activation, Vector256<int> mask)
        {
            var v = Vector256.Load(dy) & mask.AsSingle();
            if (activation != null) v &= Vector256.GreaterThan(Vector256.Load(activation), Vector256<float>.Zero);
            v.Store(dx);
        }
    }
}
