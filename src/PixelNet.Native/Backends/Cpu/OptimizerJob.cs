using System.Numerics;
using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// One segment of parameters under one optimiser; a task is a chunk of it. Element-wise, so the cut does not matter.
/// </summary>
internal unsafe struct OptimizerJob
{
    private const int ChunkElements = 1 << 14;

    public float* W, First, Second, G;
    public long Count;

    /// <summary>Momentum, or Adam's beta1; Adam's beta2; lr * multiplier; decay * multiplier (SGD) or lr * decay (Adam).</summary>
    public float Beta1, Beta2, Rate, Decay;

    /// <summary>Adam's 1/(1 - beta1^t), 1/(1 - beta2^t), epsilon.</summary>
    public float Correction1, Correction2, Epsilon;

    public readonly int Chunks => (int)((Count + ChunkElements - 1) / ChunkElements);

    /// <summary>V = momentum*V + rate*(g + decay*w); w -= V.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunSgdMomentum(void* arguments, int task, int worker)
    {
        var job = (OptimizerJob*)arguments;
        long start = (long)task * ChunkElements, end = Math.Min(start + ChunkElements, job->Count), i = start;
        var (momentum, rate, decay) = (new Vector<float>(job->Beta1), new Vector<float>(job->Rate), new Vector<float>(job->Decay));
        for (; i <= end - Vector<float>.Count; i += Vector<float>.Count)
        {
            var w = Vector.Load(job->W + i);
            var v = momentum * Vector.Load(job->First + i) + rate * (Vector.Load(job->G + i) + decay * w);
            v.Store(job->First + i);
            (w - v).Store(job->W + i);
        }
        for (; i < end; i++)
        {
            float v = job->Beta1 * job->First[i] + job->Rate * (job->G[i] + job->Decay * job->W[i]);
            job->First[i] = v;
            job->W[i] -= v;
        }
    }

    /// <summary>m = beta1*m + (1-beta1)*g; v = beta2*v + (1-beta2)*g^2; w -= decay*w + rate*(m/c1)/(sqrt(v/c2) + epsilon).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RunAdam(void* arguments, int task, int worker)
    {
        var job = (OptimizerJob*)arguments;
        long start = (long)task * ChunkElements, end = Math.Min(start + ChunkElements, job->Count), i = start;
        var (beta1, beta2) = (new Vector<float>(job->Beta1), new Vector<float>(job->Beta2));
        var (rest1, rest2) = (new Vector<float>(1 - job->Beta1), new Vector<float>(1 - job->Beta2));
        var (rate, decay, epsilon) = (new Vector<float>(job->Rate), new Vector<float>(job->Decay), new Vector<float>(job->Epsilon));
        var (correction1, correction2) = (new Vector<float>(job->Correction1), new Vector<float>(job->Correction2));
        for (; i <= end - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> w = Vector.Load(job->W + i), g = Vector.Load(job->G + i);
            var m = beta1 * Vector.Load(job->First + i) + rest1 * g;
            var v = beta2 * Vector.Load(job->Second + i) + rest2 * g * g;
            m.Store(job->First + i);
            v.Store(job->Second + i);
            (w - decay * w - rate * (m * correction1) / (Vector.SquareRoot(v * correction2) + epsilon)).Store(job->W + i);
        }
        for (; i < end; i++)
        {
            float w = job->W[i], g = job->G[i];
            float m = job->Beta1 * job->First[i] + (1 - job->Beta1) * g;
            float v = job->Beta2 * job->Second[i] + (1 - job->Beta2) * g * g;
            job->First[i] = m;
            job->Second[i] = v;
            job->W[i] = w - job->Decay * w - job->Rate * (m * job->Correction1) / (MathF.Sqrt(v * job->Correction2) + job->Epsilon);
        }
    }
}
