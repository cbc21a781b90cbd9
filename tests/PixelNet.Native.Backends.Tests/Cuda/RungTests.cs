using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Ptx.Tracing;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Cuda;

/// <summary>
/// Every rung of the catalogue that is not the default one, in the place of the default: all cases of its op against the reference in double, under
/// all observers, warps and blocks in another order than by index.
/// </summary>
public sealed class RungTests
{
    public static TheoryData<string> Rungs => [.. KernelCatalogue.Passes.SelectMany(pass => pass.Entries.Where(entry => entry != pass.DefaultEntry)).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Rungs))]
    public void Rung_equals_the_reference_in_double(string kernel) => Check(kernel, c => !c.Long);

    [Theory]
    [MemberData(nameof(Rungs))]
    [Trait("Category", "All")]
    public void Rung_equals_the_reference_in_double_at_size(string kernel) => Check(kernel, c => c.Long);

    private static void Check(string kernel, Func<OpCase, bool> which)
    {
        long launches = 0;
        using var backend = new CudaBackend(new EmulatedCudaDriver(new()
        {
            Observers = Observers.All,
            Seed = 1,
            Launched = report =>
            {
                Assert.True(report.IsClean, string.Join('\n', report.Findings));
                if (report.Kernel == kernel) launches++;
            },
        }), new() { Kernels = [kernel] });
        var cases = OpCases.All.Where(c => c.Op == OpOf(kernel) && which(c)).ToArray();
        foreach (var c in cases)
            foreach (var row in ParityCheck.Of(c, backend, kernel.Contains("_tf32_", StringComparison.Ordinal) ? CaseTolerance.Tf32 : null))
                if (!row.Passed) Assert.Fail(row.Fault!);
        Assert.True(cases.Length == 0 || launches > 0, $"no case of {OpOf(kernel)} launches {kernel}");
    }

    /// <summary>The longest op whose name the kernel's begins with: <c>max_pool2d_forward_v1</c> is of MaxPool2d.</summary>
    private static string OpOf(string kernel) => OpCases.All.Select(c => c.Op).Distinct()
        .Where(op => kernel.Replace("_", "", StringComparison.Ordinal).StartsWith(op, StringComparison.OrdinalIgnoreCase)).MaxBy(op => op.Length)
        ?? throw new InvalidOperationException($"the kernel {kernel} is of no op");
}
