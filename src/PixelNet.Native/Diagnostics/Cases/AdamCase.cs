using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>One step of Adam. Twins: <c>Layers/Adam.cs</c>, <c>Backends/*/…Adam.cs</c>.</summary>
public sealed class AdamCase : OpCase
{
    /// <summary>The cases: short and odd runs, with and without decay, moments that are still 0.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new AdamCase { Name = "no decay", Count = 533, Options = new(0.9f, 0.999f, 1e-8f, 0) },
        new AdamCase { Name = "decoupled decay", Count = 301, Options = new(0.9f, 0.999f, 1e-8f, 0.05f) },
        new AdamCase { Name = "first step, many gradients 0", Count = 97, Options = new(0.9f, 0.999f, 1e-3f, 0.01f), First = true },
        new AdamCase { Name = "few elements", Count = 10, Options = new(0.5f, 0.9f, 1e-8f, 0) },
        new AdamCase { Name = "several chunks", Count = 200_003, Options = new(0.9f, 0.999f, 1e-8f, 5e-4f), Long = true },
    ];

    /// <inheritdoc/>
    public override string Op => "Adam";

    /// <summary>P: elements of the arenas.</summary>
    public required int Count { get; init; }

    /// <summary>Betas, epsilon, decay.</summary>
    public required AdamOptions Options { get; init; }

    /// <summary>Whether the moments start at 0, and gradients are the ones behind ReLUs.</summary>
    public bool First { get; init; }

    /// <inheritdoc/>
    public override long ForwardFlops => 14L * CaseSegments.Of(Count).Sum(segment => segment.Count);

    /// <inheritdoc/>
    public override void Forward(CaseRun run) =>
        run.Backend.AdamUpdate(run["w"], run["m"], run["v"], run["g"], CaseSegments.Of(Count), Options, run["step"]);

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        var shape = new Shape(Count);
        var zero = CaseFills.Uniform(0, 0);
        yield return new("w", shape, CaseRole.State) { Fill = CaseFills.Uniform(-1, 1), Terms = 4 };
        yield return new("m", shape, CaseRole.State) { Fill = First ? zero : CaseFills.Uniform(-0.5, 0.5), Terms = 2 };
        yield return new("v", shape, CaseRole.State) { Fill = First ? zero : CaseFills.Uniform(0.01, 1), Terms = 3 };
        yield return new("g", shape, CaseRole.Input) { Fill = First ? CaseFills.Rectified(1) : CaseFills.Uniform(-1, 1) };
        yield return CaseStep.Tensor();
    }
}
