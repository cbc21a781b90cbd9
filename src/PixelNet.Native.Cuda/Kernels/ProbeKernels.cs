using static PixelNet.Native.Cuda.Kernels.KernelParameter;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary><c>kernels/probe/</c>: what a machine can do, for the ceilings of the kernel benchmark. No op uses them, so they are in no pass.</summary>
public static class ProbeKernels
{
    /// <summary>Threads of every block.</summary>
    public const int Threads = 256;

    /// <summary>Copies floats. Sizes: blocks.</summary>
    public static readonly KernelEntry<int> Copy = new("probe_copy_v1", Blocks, Pointer("y"), Pointer("x"), Value<long>("count"));

    /// <summary>Every block reads all floats of a multiple of 4096, in rounds. Sizes: blocks.</summary>
    public static readonly KernelEntry<int> L2Read = new("probe_l2_read_v1", Blocks, Pointer("y"), Pointer("x"), Value<int>("count"), Value<int>("rounds"));

    /// <summary>Multiply-adds in registers: <see cref="FfmaFlops"/> a thread and round. Sizes: blocks.</summary>
    public static readonly KernelEntry<int> Ffma = new("probe_ffma_v1", Blocks, Pointer("y"), Value<int>("rounds"), Value<float>("a"), Value<float>("b"));

    /// <summary>Nothing. Sizes: blocks.</summary>
    public static readonly KernelEntry<int> Empty = new("probe_empty_v1", Blocks, Value<int>("unused"));

    /// <summary><c>mma.sync</c> in TF32 from registers: <see cref="MmaTf32Flops"/> a warp and round. Sizes: blocks.</summary>
    public static readonly KernelEntry<int> MmaTf32 = new("probe_mma_tf32_v1", Blocks, Pointer("y"), Value<int>("rounds"));

    /// <summary><c>mma.sync</c> in bf16 from registers: <see cref="MmaBf16Flops"/> a warp and round. Sizes: blocks.</summary>
    public static readonly KernelEntry<int> MmaBf16 = new("probe_mma_bf16_v1", Blocks, Pointer("y"), Value<int>("rounds"));

    /// <summary>FLOP of a thread and round of <see cref="Ffma"/>: 16 chains of 16 multiply-adds.</summary>
    public const long FfmaFlops = 16 * 16 * 2;

    /// <summary>FLOP of a warp and round of <see cref="MmaTf32"/>: 64 products of 16 x 8 x 8.</summary>
    public const long MmaTf32Flops = 64 * 2 * 16 * 8 * 8;

    /// <summary>FLOP of a warp and round of <see cref="MmaBf16"/>: 64 products of 16 x 8 x 16.</summary>
    public const long MmaBf16Flops = 64 * 2 * 16 * 8 * 16;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<KernelEntry<int>> All { get; } = [Copy, L2Read, Ffma, Empty, MmaTf32, MmaBf16];

    private static LaunchShape Blocks(int blocks) => new(blocks, Threads);
}
