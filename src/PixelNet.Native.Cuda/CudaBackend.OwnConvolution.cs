using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;

namespace PixelNet.Native.Cuda;

// Convolutions by the kernels of kernels/conv2d, as matrix products that read the windows where they lie.
// Workspace: the partial sums of the weight gradient, whose pixels are split.
public sealed partial class CudaBackend
{
    /// <summary>The own kernels.</summary>
    /// <param name="backend">Launches them.</param>
    internal sealed class OwnConvolution(CudaBackend backend) : IConvolution
    {
        /// <inheritdoc/>
        public long WorkspaceBytes(in Conv2dSizes sizes) => PartialBytes(WeightCount(sizes), ForChannels(Conv2dKernels.BackwardWeight, sizes.K).Shape(sizes).Grid.Z);

        /// <inheritdoc/>
        public long ForwardWorkspaceBytes(in Conv2dSizes sizes) => 0;

        /// <inheritdoc/>
        public void Forward(ulong y, ulong x, ulong w, ulong b, in Conv2dSizes sizes, bool relu, OpMemory memory) =>
            backend.Launch(ForChannels(Conv2dKernels.Forward, sizes.K), sizes, y, x, w, b, KernelArgument.Value(sizes), relu ? 1 : 0);

        /// <inheritdoc/>
        public void BackwardInput(ulong dx, ulong dy, ulong w, ulong activation, in Conv2dSizes sizes, OpMemory memory) =>
            backend.Launch(ForChannels(Conv2dKernels.BackwardInput, sizes.C), sizes, dx, dy, w, activation, KernelArgument.Value(sizes));

        /// <inheritdoc/>
        public void BackwardWeight(ulong dw, ulong dy, ulong x, in Conv2dSizes sizes, OpMemory memory)
        {
            var weight = ForChannels(Conv2dKernels.BackwardWeight, sizes.K);
            backend.LaunchSplit(weight, Conv2dKernels.BackwardSum, sizes, dw, WeightCount(sizes), weight.Shape(sizes).Grid.Z, Conv2dKernels.OutputPixels(sizes), memory,
                dy, x, KernelArgument.Value(sizes));
        }

        /// <summary>Nothing is held.</summary>
        public void Dispose()
        {
        }

        /// <summary>The kernel of a pass: rung 3 in place of rung 2 where there are channels enough to fill its tiles, unless rung 2 was asked for.</summary>
        private KernelEntry<Conv2dSizes> ForChannels(KernelPass<Conv2dSizes> pass, int channels)
        {
            var entry = backend.Choose(pass);
            return entry == pass.DefaultEntry && channels > Conv2dKernels.FewChannels && !backend.Options.Kernels.Contains(entry.Name) ? pass.Find(pass.Name + "_v3")! : entry;
        }
    }
}
