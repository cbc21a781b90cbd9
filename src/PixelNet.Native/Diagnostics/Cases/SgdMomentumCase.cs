using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>One step of momentum SGD. Twins: <c>Layers/SgdMomentum.cs</c>, <c>Backends/*/…SgdMomentum.cs</c>.</summary>
public sealed class SgdMomentumCase : OpCase
{
    /// <summary>The cases: short and odd runs, with and without momentum and decay.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new SgdMomentumCase { Name = "momentum and decay", Count = 533, Options = new(0.9f, 5e-4f) },
        new SgdMomentumCase { Name = "plain", Count = 97, Options = new(0, 0) },
        new SgdMomentumCase { Name = "few elements", Count = 10, Options = new(0.9f, 0.1f) },
        new SgdMomentumCase { Name = "several chunks", Count = 200_003, Options = new(0.9f, 5e-4f), Long = true },
    ];

    /// <inheritdoc/>
    public override string Op => "SgdMomentum";

    /// <summary>P: elements of the arenas.</summary>
    public required int Count { get; init; }

    /// <summary>Momentum and decay.</summary>
    public required SgdMomentumOptions Options { get; init; }

    /// <inheritdoc/>
    public override long ForwardFlops => 6L * CaseSegments.Of(Count).Sum(segment => segment.Count);

    /// <inheritdoc/>
    public override void Forward(CaseRun run) =>
        run.Backend.SgdMomentumUpdate(run["w"], run["velocity"], run["g"], CaseSegments.Of(Count), Options, run["step"]);

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        var shape = new Shape(Count);
        yield return new("w", shape, CaseRole.State) { Fill = CaseFills.Uniform(-1, 1), Terms = 3 };
        yield return new("velocity", shape, CaseRole.State) { Fill = CaseFills.Uniform(-0.1, 0.1), Terms = 3 };
        yield return new("g", shape, CaseRole.Input) { Fill = CaseFills.Uniform(-1, 1) };
        yield return CaseStep.Tensor();
    }
}
