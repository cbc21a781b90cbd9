using System.Numerics;
using System.Runtime.CompilerServices;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// SoftmaxCrossEntropy: probabilities = softmax(logits), loss = mean weighted -log p[target]; dLogits = weight/S * (p - onehot).
// One task = a chunk of rows, cut by M alone; the chunks' sums are double and added in order.
public sealed unsafe partial class CpuBackend
{
    private const int MaxSoftmaxChunks = 64;

    /// <inheritdoc/>
    public void SoftmaxCrossEntropyForward(Tensor loss, Tensor probabilities, Tensor logits, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes)
    {
        var job = SoftmaxOf(probabilities, targets, classWeights, sizes);
        job.Logits = Floats(logits, (long)sizes.M * sizes.L);
        _pool.Run(&SoftmaxJob.RunForward, &job, job.Chunks);
        WriteLoss(Floats(loss, 3), (SoftmaxPartial*)_partials.Pointer, job.Chunks);
    }

    /// <inheritdoc/>
    public void SoftmaxCrossEntropyBackward(Tensor dLogits, Tensor loss, Tensor probabilities, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes)
    {
        var job = SoftmaxOf(probabilities, targets, classWeights, sizes);
        job.DLogits = Floats(dLogits, (long)sizes.M * sizes.L);
        job.WeightSum = Floats(loss, 3)[1];
        _pool.Run(&SoftmaxJob.RunBackward, &job, job.Chunks);
    }

    private SoftmaxJob SoftmaxOf(Tensor probabilities, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes) => new()
    {
        Sizes = sizes,
        Chunks = Chunks(sizes.M, 64, MaxSoftmaxChunks),
        Probabilities = Floats(probabilities, (long)sizes.M * sizes.L),
        Targets = Elements<int>(targets, sizes.M),
        ClassWeights = Floats(classWeights, sizes.L, optional: true),
        Partials = (SoftmaxPartial*)_partials.Pointer,
    };

    private static void WriteLoss(float* loss, SoftmaxPartial* partials, int chunks)
    {
        double sum = 0, weights = 0;
        long correct = 0;
        for (int i = 0; i < chunks; i++)
        {
            sum += partials[i].Loss;
            weights += partials[i].Weights;
            correct += partials[i].Correct;
        }
        loss[0] = weights > 0 ? (float)(sum / weights) : 0;
        loss[1] = (float)weights;
        loss[2] = correct;
    }

    /// <summary>Sums of some rows: weighted cross-entropy, weights, right answers.</summary>
    private struct SoftmaxPartial
    {
        public double Loss, Weights;
        public long Correct;
    }

    private struct SoftmaxJob
    {
        public SoftmaxSizes Sizes;
        public int Chunks;
        public float* Logits, Probabilities, DLogits, ClassWeights;
        public float WeightSum;
        public int* Targets;
        public SoftmaxPartial* Partials;

        public static void RunForward(void* arguments, int task, int worker)
        {
            var job = (SoftmaxJob*)arguments;
            job->Forward((int)ChunkStart(job->Sizes.M, job->Chunks, task), (int)ChunkStart(job->Sizes.M, job->Chunks, task + 1), out job->Partials[task]);
        }

        public static void RunBackward(void* arguments, int task, int worker)
        {
            var job = (SoftmaxJob*)arguments;
            job->Backward((int)ChunkStart(job->Sizes.M, job->Chunks, task), (int)ChunkStart(job->Sizes.M, job->Chunks, task + 1));
        }

        /// <summary>Rows start..end-1.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Forward(int start, int end, out SoftmaxPartial partial)
        {
            int classes = Sizes.L;
            partial = default;
            for (int m = start; m < end; m++)
            {
                float* z = Logits + (long)m * classes, p = Probabilities + (long)m * classes;
                int target = Targets[m];
                bool valid = (uint)target < (uint)classes;
                float maximum = Largest(z, classes), logit = valid ? z[target] : 0;
                int largest = 0;
                if (valid)
                    while (largest < classes - 1 && z[largest] != maximum) largest++;
                float sum = Exponentials(p, z, maximum, classes);
                Scale(p, 1 / sum, classes);
                if (!valid) continue;
                double weight = ClassWeights == null ? 1 : ClassWeights[target];
                partial.Loss += weight * (Math.Log(sum) - ((double)logit - maximum));
                partial.Weights += weight;
                if (largest == target) partial.Correct++;
            }
        }

        // The last register of a row reaches back over what the one before has done. A NaN is lost here and found by the exponentials.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static float Largest(float* z, int count)
        {
            float largest = z[0];
            int last = count - Vector<float>.Count;
            if (last < 0)
            {
                for (int l = 1; l < count; l++) largest = float.MaxNative(largest, z[l]);
                return largest;
            }
            var most = Vector.Load(z + last);
            for (int l = 0; l < last; l += Vector<float>.Count) most = Vector.MaxNative(most, Vector.Load(z + l));
            for (int i = 0; i < Vector<float>.Count; i++) largest = float.MaxNative(largest, most[i]);
            return largest;
        }

        /// <summary>p = exp(z - maximum), where p may be z; returns the sum.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static float Exponentials(float* p, float* z, float maximum, int count)
        {
            float sum = 0;
            int l = 0, last = count - Vector<float>.Count;
            if (last >= 0)
            {
                var shift = new Vector<float>(maximum);
                var (sums, end) = (Vector<float>.Zero, Vector.Exp(Vector.Load(z + last) - shift));
                for (; l <= last; l += Vector<float>.Count)
                {
                    var e = Vector.Exp(Vector.Load(z + l) - shift);
                    sums += e;
                    e.Store(p + l);
                }
                end.Store(p + last);
                sum = Vector.Sum(sums);
                for (; l < count; l++) sum += p[l];
                return sum;
            }
            for (; l < count; l++)
            {
                p[l] = MathF.Exp(z[l] - maximum);
                sum += p[l];
            }
            return sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Scale(float* p, float factor, int count)
        {
            int l = 0;
            for (; l <= count - Vector<float>.Count; l += Vector<float>.Count) (Vector.Load(p + l) * factor).Store(p + l);
            for (; l < count; l++) p[l] *= factor;
        }

        /// <summary>Rows start..end-1.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Backward(int start, int end)
        {
            int classes = Sizes.L;
            for (int m = start; m < end; m++)
            {
                float* p = Probabilities + (long)m * classes, dz = DLogits + (long)m * classes;
                int target = Targets[m];
                if ((uint)target >= (uint)classes || !(WeightSum != 0))
                {
                    new Span<float>(dz, classes).Clear();
                    continue;
                }
                float weight = (ClassWeights == null ? 1 : ClassWeights[target]) / WeightSum;
                for (int l = 0; l < classes; l++) dz[l] = weight * (p[l] - (l == target ? 1 : 0));
            }
        }
    }
}
