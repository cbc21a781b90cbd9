using PixelNet.Native.Backends;
using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/max_pool2d.cu</c>.</summary>
internal static class MaxPool2dKernels
{
    public static readonly KernelPass<MaxPool2dSizes> Forward = new("max_pool2d_forward", "max_pool2d_forward_v1",
        new KernelEntry<MaxPool2dSizes>("max_pool2d_forward_v1", s => LaunchShape.Elements((long)s.N * s.P * s.Q * s.C),
            Pointer("y"), Pointer("argmax"), Pointer("x"), Value<MaxPool2dSizes>("sizes")));

    public static readonly KernelPass<MaxPool2dSizes> Backward = new("max_pool2d_backward", "max_pool2d_backward_v1",
        new KernelEntry<MaxPool2dSizes>("max_pool2d_backward_v1", s => LaunchShape.Elements((long)s.N * s.H * s.W * s.C),
            Pointer("dx"), Pointer("dy"), Pointer("argmax"), Pointer("activation"), Value<MaxPool2dSizes>("sizes")));
}
