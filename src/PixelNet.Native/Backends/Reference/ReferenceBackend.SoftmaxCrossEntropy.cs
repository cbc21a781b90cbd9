// Softmax and mean weighted cross-entropy: logits z, probabilities p [M,L], targets t [M], class weights g [L] (1 where absent), loss [3].
//
//   forward   p[m,l] = exp(z[m,l] - max_l z)/sum_l exp(z[m,l] - max_l z);    valid rows: 0 <= t < L
//             S = sum over valid m of g[t];   loss = (sum over valid m of -g[t] * log p[m,t] / S,  S,  number of rows where t is the first maximum)
//   backward  dz[m,l] = g[t]/S * (p[m,l] - [l = t]) for valid rows, else 0;  S = 0: loss and gradient 0
//
// p may be z, dz may be p. Derivation: Layers/SoftmaxCrossEntropy.cs. Fast twins: Cpu/CpuBackend.SoftmaxCrossEntropy.cs,
// kernels/softmax_cross_entropy.cu. Cases: Diagnostics/Cases/SoftmaxCrossEntropyCase.cs.
using System.Numerics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void SoftmaxCrossEntropyForward(Tensor loss, Tensor probabilities, Tensor logits, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes)
    {
        if (IsDouble(loss)) SoftmaxCrossEntropyForward<double>(loss, probabilities, logits, targets, classWeights, sizes);
        else SoftmaxCrossEntropyForward<float>(loss, probabilities, logits, targets, classWeights, sizes);
    }

    /// <inheritdoc/>
    public void SoftmaxCrossEntropyBackward(Tensor dLogits, Tensor loss, Tensor probabilities, Tensor targets, Tensor? classWeights, in SoftmaxSizes sizes)
    {
        if (IsDouble(loss)) SoftmaxCrossEntropyBackward<double>(dLogits, loss, probabilities, targets, classWeights, sizes);
        else SoftmaxCrossEntropyBackward<float>(dLogits, loss, probabilities, targets, classWeights, sizes);
    }

    private static void SoftmaxCrossEntropyForward<T>(Tensor lossTensor, Tensor probabilities, Tensor logits, Tensor targetTensor, Tensor? classWeights,
        SoftmaxSizes sizes) where T : unmanaged, IFloatingPointIeee754<T>
    {
        View<T> loss = new(lossTensor, 3), p = new(probabilities, sizes.M, sizes.L), z = new(logits, sizes.M, sizes.L), weights = new(classWeights, sizes.L);
        var targets = new View<int>(targetTensor, sizes.M);
        T total = T.Zero, s = T.Zero;
        int correct = 0;
        for (int m = 0; m < sizes.M; m++)
        {
            int best = 0, t = targets[m];
            for (int l = 1; l < sizes.L; l++)
                if (z[m, l] > z[m, best]) best = l;
            bool valid = t >= 0 && t < sizes.L;
            T maximum = z[m, best], target = valid ? z[m, t] : T.Zero, sum = T.Zero;
            for (int l = 0; l < sizes.L; l++) sum += T.Exp(z[m, l] - maximum);
            for (int l = 0; l < sizes.L; l++) p[m, l] = T.Exp(z[m, l] - maximum) / sum;
            if (!valid) continue;
            T weight = weights.Exists ? weights[t] : T.One;
            total -= weight * (target - maximum - T.Log(sum)); // log p[m,t]
            s += weight;
            if (best == t) correct++;
        }
        loss[0] = s > T.Zero ? total / s : T.Zero;
        loss[1] = s;
        loss[2] = Real<T>(correct);
    }

    private static void SoftmaxCrossEntropyBackward<T>(Tensor dLogits, Tensor lossTensor, Tensor probabilities, Tensor targetTensor, Tensor? classWeights,
        SoftmaxSizes sizes) where T : unmanaged, IFloatingPointIeee754<T>
    {
        View<T> dz = new(dLogits, sizes.M, sizes.L), p = new(probabilities, sizes.M, sizes.L), weights = new(classWeights, sizes.L);
        var targets = new View<int>(targetTensor, sizes.M);
        T s = new View<T>(lossTensor, 3)[1];
        for (int m = 0; m < sizes.M; m++)
        {
            int t = targets[m];
            bool counts = t >= 0 && t < sizes.L && s > T.Zero;
            T factor = counts ? (weights.Exists ? weights[t] : T.One) / s : T.Zero;
            for (int l = 0; l < sizes.L; l++) dz[m, l] = counts ? factor * (p[m, l] - (l == t ? T.One : T.Zero)) : T.Zero;
        }
    }
}
