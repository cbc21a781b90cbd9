using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Cuda;

/// <summary>The op suite of <see cref="EmulatedCudaOpTests"/> on a GPU; without one, skipped with the reason.</summary>
public sealed class CudaOpTests
{
    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Tf32)]
    public void Every_case_equals_the_reference_in_double(Precision precision)
    {
        using var backend = Open(precision);
        foreach (var c in OpCases.All)
        {
            bool rounds = precision == Precision.Tf32 && c is Conv2dCase or LinearCase or PixelMlpCase;
            foreach (var row in ParityCheck.Of(c, backend, rounds ? CaseTolerance.Tf32 : null))
                if (!row.Passed) Assert.Fail(row.Fault!);
        }
    }

    [Fact]
    public void Whole_nets_have_the_gradients_of_the_reference()
    {
        using var backend = Open(Precision.Fp32);
        foreach (var net in NetCase.All)
            foreach (var row in ParityCheck.Of(net, backend))
                if (!row.Passed) Assert.Fail(row.Fault!);
    }

    private static CudaBackend Open(Precision precision)
    {
        try
        {
            return new CudaBackend(CudaDriver.Open(), new() { Precision = precision });
        }
        catch (CudaException missing)
        {
            Assert.Skip($"no GPU: {missing.Message}");
            throw;
        }
    }
}
