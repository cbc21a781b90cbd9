using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Cudnn;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// Conv2d: y [N,P,Q,K] = relu?(x [N,H,W,C] * w [K,R,S,C] + b), and its gradients, by whom the options say: CudaBackend.OwnConvolution.cs or Cudnn/CudnnConvolution.cs.
// Workspace: theirs, and the partial sums of the bias gradient, whose pixels are split.
public sealed partial class CudaBackend
{
    private readonly IConvolution _convolution;

    /// <inheritdoc/>
    public OpMemoryRequest Describe(in Conv2dSizes sizes) =>
        new(Math.Max(_convolution.WorkspaceBytes(sizes), PartialBytes(sizes.K, Choose(Conv2dKernels.BackwardBias).Shape(sizes).Grid.Y)), 0, _convolution.ForwardWorkspaceBytes(sizes));

    /// <inheritdoc/>
    public void Conv2dForward(Tensor y, Tensor x, Tensor w, Tensor? b, in Conv2dSizes sizes, bool relu, OpMemory memory) =>
        _convolution.Forward(Pointer(y, OutputCount(sizes)), Pointer(x, InputCount(sizes)), Pointer(w, WeightCount(sizes)), PointerOrNull(b, sizes.K), sizes, relu, memory);

    /// <inheritdoc/>
    public void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory) =>
        _convolution.BackwardInput(Pointer(dx, InputCount(sizes)), Pointer(dy, OutputCount(sizes)), Pointer(w, WeightCount(sizes)), PointerOrNull(activation, InputCount(sizes)), sizes, memory);

    /// <inheritdoc/>
    public void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory)
    {
        ulong gradient = Pointer(dy, OutputCount(sizes));
        _convolution.BackwardWeight(Pointer(dw, WeightCount(sizes)), gradient, Pointer(x, InputCount(sizes)), sizes, memory);
        if (db is null) return;
        var bias = Choose(Conv2dKernels.BackwardBias);
        LaunchSplit(bias, Conv2dKernels.BackwardSum, sizes, Pointer(db, sizes.K), sizes.K, bias.Shape(sizes).Grid.Y, Conv2dKernels.OutputPixels(sizes), memory,
            gradient, KernelArgument.Value(sizes));
    }

    /// <summary>Who computes convolutions, by the options.</summary>
    private IConvolution ChooseConvolution()
    {
        var own = new OwnConvolution(this);
        // In fp32 cuDNN has no Winograd for NHWC, and its kernels were measured to be the slower ones.
        if (Options.Convolution == ConvolutionLibrary.Own || (Options.Convolution == ConvolutionLibrary.Auto && (Options.Precision == Precision.Fp32 || _context.Driver.Name == "emulator"))) return own;
        try
        {
            var cudnn = new CudnnConvolution(_context, _stream, own, Mask, Options);
            Options.Note?.Invoke($"convolutions by {cudnn}");
            return cudnn;
        }
        catch (PixelNetException reason) when (Options.Convolution == ConvolutionLibrary.Auto)
        {
            Options.Note?.Invoke($"convolutions by own kernels, because {reason.Message}");
            return own;
        }
    }

    /// <summary>The gradient of the ReLU in front: dx = activation > 0 ? dx : 0.</summary>
    private void Mask(ulong dx, ulong activation, long count) => Launch(DropoutKernels.Backward, count, dx, dx, activation, count, 1f);

    /// <summary>
    /// Adds sums over <paramref name="depth"/> terms, cut into <paramref name="splits"/>, to a gradient: at once where there is one split, else by way of
    /// the workspace. The kernel takes (output, partial sums, inputs, terms of a split); rung 1, which knows no splits, (output, inputs).
    /// </summary>
    private void LaunchSplit<TSizes>(KernelEntry<TSizes> entry, KernelPass<long> sum, TSizes sizes, KernelArgument output, long count, int splits, int depth,
        OpMemory memory, params ReadOnlySpan<KernelArgument> inputs)
    {
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

    internal static long InputCount(in Conv2dSizes sizes) => (long)sizes.N * sizes.H * sizes.W * sizes.C;

    internal static long OutputCount(in Conv2dSizes sizes) => (long)sizes.N * sizes.P * sizes.Q * sizes.K;

    internal static long WeightCount(in Conv2dSizes sizes) => (long)sizes.K * sizes.R * sizes.S * sizes.C;
}
