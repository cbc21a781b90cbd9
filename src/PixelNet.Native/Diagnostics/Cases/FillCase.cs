using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>One value everywhere, in every element type. Twins: <c>Backends/*/…Fill.cs</c>.</summary>
public sealed class FillCase : OpCase
{
    /// <summary>The cases: floats and integers, one element and more than a chunk.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new FillCase { Name = "floats", Count = 1003, Value = -0.37f },
        new FillCase { Name = "one float", Count = 1, Value = 0 },
        new FillCase { Name = "int32", Count = 37, Value = -12, Type = ElementType.Int32 },
        new FillCase { Name = "uint8", Count = 131, Value = 254, Type = ElementType.UInt8 },
        new FillCase { Name = "several chunks", Count = 150_001, Value = 0, Long = true },
    ];

    /// <inheritdoc/>
    public override string Op => "Fill";

    /// <summary>Elements.</summary>
    public required int Count { get; init; }

    /// <summary>What they become.</summary>
    public required double Value { get; init; }

    /// <summary>Element type; null = the run's float type.</summary>
    public ElementType? Type { get; init; }

    /// <inheritdoc/>
    public override long ForwardFlops => 0;

    /// <inheritdoc/>
    public override void Forward(CaseRun run) => run.Backend.Fill(run["destination"], Value);

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        yield return new("destination", new Shape(Count), CaseRole.Output) { Type = Type, Exact = true };
    }
}
