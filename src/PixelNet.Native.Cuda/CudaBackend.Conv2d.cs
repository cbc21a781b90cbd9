using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// Conv2d: y [N,P,Q,K] = relu?(x [N,H,W,C] * w [K,R,S,C] + b), and its gradients, as matrix products that read the windows where they lie.
// Workspace: the partial sums of the weight and bias gradients, whose pixels are split.
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public OpMemoryRequest Describe(in Conv2dSizes sizes)
    {
        int weightSplits = ForChannels(Conv2dKernels.BackwardWeight, sizes.K).Shape(sizes).Grid.Z, biasSplits = Choose(Conv2dKernels.BackwardBias).Shape(sizes).Grid.Y;
        return new(Math.Max(PartialBytes(WeightCount(sizes), weightSplits), PartialBytes(sizes.K, biasSplits)), 0);
    }

    /// <inheritdoc/>
    public void Conv2dForward(Tensor y, Tensor x, Tensor w, Tensor? b, in Conv2dSizes sizes, bool relu, OpMemory memory) =>
        Launch(ForChannels(Conv2dKernels.Forward, sizes.K), sizes, Floats(y, OutputCount(sizes)), Floats(x, InputCount(sizes)), Floats(w, WeightCount(sizes)),
            Floats(b, sizes.K, optional: true), KernelArgument.Value(sizes), relu ? 1 : 0);

    /// <inheritdoc/>
    public void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory) =>
        Launch(ForChannels(Conv2dKernels.BackwardInput, sizes.C), sizes, Floats(dx, InputCount(sizes)), Floats(dy, OutputCount(sizes)), Floats(w, WeightCount(sizes)),
            Floats(activation, InputCount(sizes), optional: true), KernelArgument.Value(sizes));

    /// <inheritdoc/>
    public void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory)
    {
        int pixels = Conv2dKernels.OutputPixels(sizes);
        var gradient = Floats(dy, OutputCount(sizes));
        var weight = ForChannels(Conv2dKernels.BackwardWeight, sizes.K);
        LaunchSplit(weight, Conv2dKernels.BackwardSum, sizes, dw, WeightCount(sizes), weight.Shape(sizes).Grid.Z, pixels, memory,
            gradient, Floats(x, InputCount(sizes)), KernelArgument.Value(sizes));
        if (db is null) return;
        var bias = Choose(Conv2dKernels.BackwardBias);
        LaunchSplit(bias, Conv2dKernels.BackwardSum, sizes, db, sizes.K, bias.Shape(sizes).Grid.Y, pixels, memory, gradient, KernelArgument.Value(sizes));
    }

    /// <summary>The kernel of a pass: rung 3 in place of rung 2 where there are channels enough to fill its tiles, unless rung 2 was asked for.</summary>
    private KernelEntry<Conv2dSizes> ForChannels(KernelPass<Conv2dSizes> pass, int channels)
    {
        var entry = Choose(pass);
        return entry == pass.DefaultEntry && channels > Conv2dKernels.FewChannels && !Options.Kernels.Contains(entry.Name) ? pass.Find(pass.Name + "_v3")! : entry;
    }

    /// <summary>
    /// Adds sums over <paramref name="depth"/> terms, cut into <paramref name="splits"/>, to a gradient: at once where there is one split, else by way of
    /// the workspace. The kernel takes (output, partial sums, inputs, terms of a split); rung 1, which knows no splits, (output, inputs).
    /// </summary>
    private void LaunchSplit<TSizes>(KernelEntry<TSizes> entry, KernelPass<long> sum, TSizes sizes, Tensor gradient, long count, int splits, int depth,
        OpMemory memory, params ReadOnlySpan<KernelArgument> inputs)
    {
        var output = Floats(gradient, count);
        if (entry.Parameters.Count == inputs.Length + 1)
        {
            Launch(entry, sizes, [output, .. inputs]);
            return;
        }
        ulong partial = Workspace(memory, PartialBytes(count, splits));
        Launch(entry, sizes, [output, partial, .. inputs, Splits.Length(depth, splits)]);
        if (partial != 0) Launch(sum, count, output, partial, count, splits);
    }

    private static long PartialBytes(long count, int splits) => splits > 1 ? count * splits * sizeof(float) : 0;

    private static long InputCount(in Conv2dSizes sizes) => (long)sizes.N * sizes.H * sizes.W * sizes.C;

    private static long OutputCount(in Conv2dSizes sizes) => (long)sizes.N * sizes.P * sizes.Q * sizes.K;

    private static long WeightCount(in Conv2dSizes sizes) => (long)sizes.K * sizes.R * sizes.S * sizes.C;
}
