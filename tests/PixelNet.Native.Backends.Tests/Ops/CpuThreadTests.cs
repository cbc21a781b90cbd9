using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Diagnostics.Cases;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Ops;

/// <summary>Every case of every op gives the same bytes on 1, 2 and 5 threads.</summary>
public sealed class CpuThreadTests : IDisposable
{
    private readonly CpuBackend[] _backends = [new(1), new(2), new(5)];

    [Fact]
    public void Bytes_do_not_depend_on_the_number_of_threads() => Check(OpCases.All.Where(c => !c.Long));

    [Fact]
    [Trait("Category", "All")]
    public void Bytes_do_not_depend_on_the_number_of_threads_at_size() => Check(OpCases.All.Where(c => c.Long));

    public void Dispose()
    {
        foreach (var backend in _backends) backend.Dispose();
    }

    private void Check(IEnumerable<OpCase> cases)
    {
        foreach (var c in cases)
        {
            var expected = Run(c, _backends[0]);
            foreach (var backend in _backends[1..])
                foreach (var (name, bytes) in Run(c, backend))
                    Assert.True(bytes.AsSpan().SequenceEqual(expected[name]), $"{c}: {name} differs between 1 and {backend.Threads} threads");
        }
    }

    private static Dictionary<string, byte[]> Run(OpCase c, CpuBackend backend)
    {
        using var run = new CaseRun(c, backend);
        run.Fill();
        run.Forward();
        if (c.HasBackward) run.Backward();
        return c.Tensors.ToDictionary(tensor => tensor.Name, tensor => run.ReadBytes(tensor.Name));
    }
}
