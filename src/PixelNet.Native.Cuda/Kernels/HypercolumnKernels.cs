using PixelNet.Native.Backends;
using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/hypercolumn.cu</c>.</summary>
internal static class HypercolumnKernels
{
    private static readonly KernelParameter[] Gather = [Pointer("x"), Pointer("map"), Pointer("samples"), Pointer("mean"), Pointer("inverseDeviation"),
        Value<HypercolumnLevel>("level"), Value<int>("M"), Value<int>("D")];

    /// <summary>One level. Sizes: samples and channels.</summary>
    public static readonly KernelPass<(int M, int C)> Forward = new("hypercolumn_forward", "hypercolumn_forward_v2",
        new KernelEntry<(int M, int C)>("hypercolumn_forward_v1", s => LaunchShape.Elements(s.M, 128), Gather),
        new KernelEntry<(int M, int C)>("hypercolumn_forward_v2", s => LaunchShape.Rows(s.M, s.C), Gather));

    /// <summary>Adds one level's gradient at its touched cells. Sizes: capacity of the cell list and channels.</summary>
    public static readonly KernelPass<(int Cells, int C)> Backward = new("hypercolumn_backward", "hypercolumn_backward_v2",
        new KernelEntry<(int Cells, int C)>("hypercolumn_backward_v2", s => LaunchShape.Rows(s.Cells, s.C),
            Pointer("dMap"), Pointer("dX"), Pointer("counts"), Pointer("cells"), Pointer("starts"), Pointer("entrySamples"), Pointer("weights"),
            Pointer("inverseDeviation"), Value<HypercolumnLevel>("level"), Value<int>("D")));
}
