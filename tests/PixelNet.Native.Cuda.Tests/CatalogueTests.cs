using System.Reflection;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Ptx;
using Xunit;

namespace PixelNet.Native.Cuda.Tests;

/// <summary>The catalogue against the PTX that ships.</summary>
public sealed class CatalogueTests
{
    // Probes are kernels of no op.
    private static KernelEntry[] All { get; } = [.. KernelCatalogue.Entries, .. ProbeKernels.All];

    public static TheoryData<string> Entries => [.. All.Select(entry => entry.Name)];

    [Fact]
    public void Every_kernel_of_the_ptx_is_in_the_catalogue_once() =>
        Assert.Equal(KernelImages.Manifest.Modules.SelectMany(module => module.Entries).Order(), All.Select(entry => entry.Name).Order());

    /// <summary>A pass that nobody lists in KernelCatalogue would escape every other test.</summary>
    [Fact]
    public void Every_pass_of_the_assembly_is_listed()
    {
        var declared = typeof(KernelCatalogue).Assembly.GetTypes().Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(field => typeof(KernelPass).IsAssignableFrom(field.FieldType)).Select(field => (KernelPass)field.GetValue(null)!);
        Assert.Equal(declared.Select(pass => pass.Name).Order(), KernelCatalogue.Passes.Select(pass => pass.Name).Order());
    }

    [Theory]
    [MemberData(nameof(Entries))]
    public void Parameters_are_those_of_the_entry(string name)
    {
        var entry = All.Single(candidate => candidate.Name == name);
        var ptx = PtxModule.Parse(KernelImages.Of(name).Ptx).Entries.Single(candidate => candidate.Name == name);
        Assert.Equal(ptx.Parameters.Select(parameter => (parameter.Bytes, parameter.Alignment)), entry.Parameters.Select(parameter => (parameter.Bytes, parameter.Alignment)));
    }
}
