using System.Reflection;
using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Backends.Timing;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.Layers;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Ops;

/// <summary>One stem per op in every room: an op of IBackend without its twin of that name in a room is named here.</summary>
public sealed class CompletenessTests
{
    // What is no op: memory, waiting, repeating, announcements.
    private static readonly string[] NoOps = [nameof(IBackend.Synchronize), nameof(IBackend.Repeat), nameof(IBackend.ParametersChanged), nameof(IBackend.Describe)];
    private static readonly string[] Passes = ["Forward", "BackwardInput", "BackwardWeight", "Backward", "Update"];

    /// <summary>Members of IBackend that compute: Conv2dForward, Conv2dBackwardInput, …, Fill.</summary>
    private static string[] Members { get; } =
        [.. typeof(IBackend).GetMethods().Where(method => !method.IsSpecialName).Select(method => method.Name).Except(NoOps)];

    /// <summary>Their stems: Conv2d, …, Fill.</summary>
    public static TheoryData<string> Stems => [.. Members.Select(Stem).Distinct()];

    [Theory]
    [MemberData(nameof(Stems))]
    public void Op_has_a_layer_and_a_case(string op)
    {
        var engine = typeof(IBackend).Assembly;
        // Filling is what the model itself does; it is no layer.
        if (op != nameof(IBackend.Fill)) Assert.True(engine.GetType($"{typeof(Conv2d).Namespace}.{op}") is not null, $"Layers/ has no class {op}");
        Assert.True(engine.GetType($"{typeof(OpCase).Namespace}.{op}Case") is not null, $"Diagnostics/Cases/ has no class {op}Case");
        var cases = OpCases.All.Where(c => c.Op == op).ToArray();
        Assert.True(cases.Length >= 2, $"OpCases.All has {cases.Length} case(s) of {op}");
        Assert.Equal(cases.Length, cases.Select(c => c.Name).Distinct().Count());
        Assert.Equal(Members.Any(member => member.StartsWith($"{op}Backward", StringComparison.Ordinal)), cases.All(c => c.HasBackward));
    }

    [Theory]
    [MemberData(nameof(Stems))]
    public void Op_has_its_file_in_every_room(string op)
    {
        string? root = SourceRoot();
        Assert.SkipUnless(root is not null, "the sources are not beside the tests");
        string engine = Path.Combine(root!, "src", "PixelNet.Native");
        var files = new List<string>
        {
            Path.Combine(engine, "Backends", "Reference", $"ReferenceBackend.{op}.cs"),
            Path.Combine(engine, "Backends", "Cpu", $"CpuBackend.{op}.cs"),
            Path.Combine(engine, "Diagnostics", "Cases", $"{op}Case.cs"),
        };
        if (op != nameof(IBackend.Fill)) files.Add(Path.Combine(engine, "Layers", $"{op}.cs"));
        string cuda = Path.Combine(root!, "src", "PixelNet.Native.Cuda");
        if (HasFiles(cuda, "CudaBackend.*.cs")) files.Add(Path.Combine(cuda, $"CudaBackend.{op}.cs"));
        foreach (string file in files) Assert.True(File.Exists(file), $"{op} has no {Path.GetRelativePath(root!, file)}");

        // Kernels are named in CUDA's manner: soft_max.cu or softmax.cu, or a folder of that name.
        string kernels = Path.Combine(root!, "kernels");
        if (!HasFiles(kernels, "*.cu")) return;
        var names = Directory.GetFileSystemEntries(kernels).Select(entry => Path.GetFileNameWithoutExtension(entry).Replace("_", "", StringComparison.Ordinal));
        Assert.True(names.Contains(op, StringComparer.OrdinalIgnoreCase), $"{op} has no kernels/*.cu of its name");
    }

    [Fact]
    public void Cases_call_every_pass_of_every_op()
    {
        using var backend = new TimedBackend(new ReferenceBackend());
        foreach (var c in OpCases.All.Where(c => !c.Long))
        {
            using var run = new CaseRun(c, backend);
            run.Fill();
            run.Forward();
            if (c.HasBackward) run.Backward();
        }
        Assert.Empty(Members.Except(backend.Rows.Select(row => row.Op)));
    }

    [Fact]
    public void Passes_are_named_as_the_rule_says() =>
        Assert.All(Members.Except([nameof(IBackend.Fill)]), member => Assert.NotEqual(member, Stem(member)));

    private static string Stem(string member) => Passes.Where(member.EndsWith).Select(pass => member[..^pass.Length]).MinBy(stem => stem.Length) ?? member;

    private static bool HasFiles(string folder, string pattern) =>
        Directory.Exists(folder) && Directory.EnumerateFiles(folder, pattern, SearchOption.AllDirectories).Any();

    private static string? SourceRoot()
    {
        var folder = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "PixelNet.Native.sln"))) folder = folder.Parent;
        return folder?.FullName;
    }
}
