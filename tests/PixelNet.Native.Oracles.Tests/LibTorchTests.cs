using TorchSharp;
using Xunit;

namespace PixelNet.Native.Oracles.Tests;

public sealed class LibTorchTests
{
    [Fact]
    public void It_loads_and_computes()
    {
        LibTorch.Require();
        using var sum = torch.ones(2, 3, torch.float64).sum();
        Assert.Equal(6, sum.item<double>());
    }

    [Fact]
    public void Marking_a_version_weak_changes_one_bit_once()
    {
        LibTorch.Require();
        string? library = Directory.EnumerateFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories).FirstOrDefault();
        Assert.SkipUnless(library is not null, "this system's libraries are not ELF files");
        byte[] before = File.ReadAllBytes(library), after = [.. before];
        Assert.False(WeakVersionNeed.Mark(after, "GLIBCXX_3.4.32"));
        Assert.False(WeakVersionNeed.Mark(after, "GLIBCXX_99"));
        Assert.Equal(before, after);
        Assert.True(WeakVersionNeed.Mark(after, "GLIBCXX_3.4.21"));
        var changed = Enumerable.Range(0, before.Length).Where(i => before[i] != after[i]).ToArray();
        Assert.Equal(2, Assert.Single(changed.Select(i => before[i] ^ after[i])));
        Assert.False(WeakVersionNeed.Mark(after, "GLIBCXX_3.4.21"));
    }
}
