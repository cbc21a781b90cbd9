using PixelNet.Native.Backends;
using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/hypercolumn_sum.cu</c>.</summary>
internal static class HypercolumnSumKernels
{
    /// <summary>One level. Sizes: samples and channels.</summary>
    public static readonly KernelPass<(int M, int C)> Forward = new("hypercolumn_sum_forward", "hypercolumn_sum_forward_v1",
        new KernelEntry<(int M, int C)>("hypercolumn_sum_forward_v1", s => LaunchShape.Rows(s.M, s.C),
            Pointer("y"), Pointer("map"), Pointer("samples"), Value<HypercolumnLevel>("level"), Value<int>("relu")));
}
