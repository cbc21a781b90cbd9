using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Ptx;
using Xunit;

namespace PixelNet.Native.Cuda.Tests;

/// <summary>Packing of arguments and launch rules.</summary>
public sealed class LaunchTests
{
    /// <summary>Every value lies where the PTX says that its parameter does: pointers behind ints are moved to multiples of 8.</summary>
    [Fact]
    public void Arguments_lie_at_the_offsets_of_the_entry()
    {
        var entry = DropoutKernels.Forward.Find("dropout_forward_v1")!;
        var block = new byte[KernelArgument.MostBlockBytes];
        int bytes = KernelArgument.Pack(block, entry, [1ul, 2ul, 3L, 4u, 5f, 6, 7ul]);
        var ptx = PtxModule.Parse(KernelImages.Of(entry.Name).Ptx).Entries.Single(candidate => candidate.Name == entry.Name);
        Assert.Equal(ptx.ParameterBytes, bytes);
        long[] values = [.. ptx.Parameters.Select((parameter, i) => i == 4 ? (long)BitConverter.ToSingle(block, parameter.Offset)
            : parameter.Bytes == 8 ? BitConverter.ToInt64(block, parameter.Offset) : BitConverter.ToInt32(block, parameter.Offset))];
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], values);
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        var entry = FillKernels.Forward.Find("fill_forward_v1")!;
        var block = new byte[KernelArgument.MostBlockBytes];
        Assert.Contains("takes 3 arguments, not 2", Assert.Throws<ArgumentException>(() => KernelArgument.Pack(block, entry, [1ul, 2L])).Message, StringComparison.Ordinal);
        Assert.Contains("'count'", Assert.Throws<ArgumentException>(() => KernelArgument.Pack(block, entry, [1ul, 2, 3f])).Message, StringComparison.Ordinal);
        Assert.Contains("'value'", Assert.Throws<ArgumentException>(() => KernelArgument.Pack(block, entry, [1ul, 2L, 3L])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Alignment_is_that_of_the_widest_field()
    {
        Assert.Equal((24, 8), (KernelParameter.Value<ParameterSegment>("").Bytes, KernelParameter.Value<ParameterSegment>("").Alignment));
        Assert.Equal((16, 4), (KernelParameter.Value<AdamOptions>("").Bytes, KernelParameter.Value<AdamOptions>("").Alignment));
        Assert.Equal((40, 8), (KernelParameter.Value<StepState>("").Bytes, KernelParameter.Value<StepState>("").Alignment));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(256, 1)]
    [InlineData(257, 2)]
    [InlineData(0, 0)]
    [InlineData(1L << 36, 1 << 28)]
    public void Element_grids_cover_the_range(long count, int blocks) => Assert.Equal(blocks, LaunchShape.Elements(count).Grid.X);

    [Fact]
    public void Entries_and_passes_keep_to_their_names()
    {
        Assert.Throws<ArgumentException>(() => new KernelEntry<int>("fill", _ => default));
        Assert.Throws<ArgumentException>(() => new KernelPass<int>("fill_forward", "fill_forward_v1", new KernelEntry<int>("dropout_forward_v1", _ => default)));
        Assert.Throws<ArgumentException>(() => new KernelPass<int>("fill_forward", "fill_forward_v2", new KernelEntry<int>("fill_forward_v1", _ => default)));
        var pass = new KernelPass<int>("gemm_forward", "gemm_forward_v2", new("gemm_forward_v1", _ => default), new("gemm_forward_v2", _ => default), new("gemm_forward_tf32_v1", _ => default));
        Assert.Equal("gemm_forward_v2", pass.Default(Precision.Fp32).Name);
        Assert.Equal("gemm_forward_tf32_v1", pass.Default(Precision.Tf32).Name);
        Assert.Equal((2, false), (pass.Default(Precision.Fp32).Rung, pass.Default(Precision.Fp32).IsTf32));
    }
}
