using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;
using static PixelNet.Native.Backends.BatchNormStatistics;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>Batch normalisation with the ReLU behind it. Twins: <c>Layers/BatchNorm.cs</c>, <c>Backends/*/…BatchNorm.cs</c>.</summary>
public sealed class BatchNormCase : OpCase
{
    // As in the network: Layers/BatchNorm.cs.
    private const double Epsilon = 1e-5, Momentum = 0.1;

    /// <summary>The cases: the three kinds of statistics, with and without affine part and ReLU, one row, one channel, a mean far from 0, in place.</summary>
    public static IReadOnlyList<OpCase> All { get; } =
    [
        new BatchNormCase { Name = "batch statistics", Sizes = new(70, 13), Statistics = Batch },
        new BatchNormCase { Name = "batch statistics, 33 channels, no ReLU", Sizes = new(41, 33), Statistics = Batch, Relu = false },
        new BatchNormCase { Name = "batch statistics, affine-free", Sizes = new(50, 16), Statistics = Batch, Affine = false },
        new BatchNormCase { Name = "batch statistics, in place", Sizes = new(29, 20), Statistics = Batch, InPlace = true },
        new BatchNormCase { Name = "batch statistics, mean far from 0", Sizes = new(130, 18), Statistics = Batch, Mean = 40 },
        new BatchNormCase { Name = "batch statistics of one row", Sizes = new(1, 9), Statistics = Batch },
        new BatchNormCase { Name = "one channel", Sizes = new(37, 1), Statistics = Batch, Mean = 1 },
        new BatchNormCase { Name = "running statistics", Sizes = new(45, 17), Statistics = Running },
        new BatchNormCase { Name = "running statistics, affine-free, in place", Sizes = new(23, 8), Statistics = Running, Affine = false, InPlace = true },
        new BatchNormCase { Name = "frozen", Sizes = new(45, 17), Statistics = Frozen },
        new BatchNormCase { Name = "several chunks", Sizes = new(4001, 35), Statistics = Batch, Long = true },
    ];

    /// <inheritdoc/>
    public override string Op => "BatchNorm";

    /// <summary>Rows and channels.</summary>
    public required BatchNormSizes Sizes { get; init; }

    /// <summary>Batch, running or frozen.</summary>
    public required BatchNormStatistics Statistics { get; init; }

    /// <summary>Whether there are gamma and beta.</summary>
    public bool Affine { get; init; } = true;

    /// <summary>Whether the ReLU is part of the op.</summary>
    public bool Relu { get; init; } = true;

    /// <summary>Whether dx is dy.</summary>
    public bool InPlace { get; init; }

    /// <summary>Middle of the range of x; the range is 2 wide.</summary>
    public double Mean { get; init; }

    /// <inheritdoc/>
    public override CaseTolerance Tolerance => Mean == 0 ? CaseTolerance.Float32 : CaseTolerance.Float32 with
    {
        NormWise = (1 + Math.Abs(Mean) * Math.Sqrt(3)) * CaseTolerance.Float32.NormWise,
        Reason = "the mean is kept in float; its rounding, 2^-24 of |mean|, is to be seen against the deviation, which is 1/sqrt(3)",
    };

    /// <inheritdoc/>
    public override long ForwardFlops => (Statistics == Batch ? 8L : 4L) * Sizes.Rows * Sizes.C;

    /// <inheritdoc/>
    public override long BackwardFlops => (Statistics == Batch ? 10L : 5L) * Sizes.Rows * Sizes.C;

    /// <inheritdoc/>
    public override OpMemoryRequest Describe(IBackend backend) => backend.Describe(Sizes);

    /// <inheritdoc/>
    public override void Forward(CaseRun run) => run.Backend.BatchNormForward(run["y"], run["savedMean"], run["savedInverseDeviation"], run["x"],
        run.Find("gamma"), run.Find("beta"), run["runningMean"], run["runningVariance"], Sizes, Statistics, Epsilon, Momentum, Relu, run.Memory);

    /// <inheritdoc/>
    public override void Backward(CaseRun run)
    {
        if (InPlace) run.Copy("dx", "dy");
        run.Backend.BatchNormBackward(run["dx"], run.Find("dgamma"), run.Find("dbeta"), run[InPlace ? "dx" : "dy"], run["x"], run["y"], run.Find("gamma"),
            run["savedMean"], run["savedInverseDeviation"], Sizes, Statistics, Relu, run.Memory);
    }

    /// <summary>The formulas of the op with every difference a sum and every value its absolute value.</summary>
    public override bool Magnitudes(CaseRun run)
    {
        double[] Values(string name, double absent) => run.Find(name) is null ? [.. Enumerable.Repeat(absent, Sizes.C)] : run.Read(name);
        double[] x = run.Read("x"), y = run.Read("y"), dy = run.Read("dy"), dx = run.Read("dx");
        double[] mean = run.Read("savedMean"), inverse = run.Read("savedInverseDeviation"), runningMean = run.Read("runningMean");
        double[] gamma = Values("gamma", 1), beta = Values("beta", 0), dgamma = Values("dgamma", 0), dbeta = Values("dbeta", 0);
        for (int c = 0; c < Sizes.C; c++)
        {
            double sum = 0, dSum = 0, dProduct = 0;
            for (int i = c; i < x.Length; i += Sizes.C)
            {
                sum += x[i];
                dSum += dy[i];
                dProduct += dy[i] * (x[i] + mean[c]) * inverse[c];
            }
            for (int i = c; i < x.Length; i += Sizes.C)
            {
                double xhat = (x[i] + mean[c]) * inverse[c];
                y[i] = gamma[c] * xhat + beta[c];
                dx[i] = gamma[c] * inverse[c] * (Statistics == Batch ? dy[i] + dSum / Sizes.Rows + xhat * dProduct / Sizes.Rows : dy[i]);
            }
            dgamma[c] += dProduct;
            dbeta[c] += dSum;
            if (Statistics == Batch) mean[c] = sum / Sizes.Rows;
            if (Statistics == Batch) runningMean[c] += Momentum * mean[c];
        }
        (string, double[])[] results = [("y", y), ("dx", dx), ("dgamma", dgamma), ("dbeta", dbeta), ("savedMean", mean), ("runningMean", runningMean)];
        foreach (var (name, values) in results)
            if (run.Find(name) is not null) run.Write(name, values);
        return true;
    }

    /// <inheritdoc/>
    protected override IEnumerable<CaseTensor> Declare()
    {
        Shape x = new(Sizes.Rows, Sizes.C), c = new(Sizes.C);
        var signed = CaseFills.Uniform(-1, 1);
        int rows = Sizes.Rows;
        bool learns = Statistics != Frozen;
        yield return new("x", x, CaseRole.Input) { Fill = CaseFills.Uniform(Mean - 1, Mean + 1), Saved = true };
        if (Affine) yield return new("gamma", c, CaseRole.Parameter) { Fill = CaseFills.Uniform(0.5, 2), Saved = true };
        if (Affine) yield return new("beta", c, CaseRole.Parameter) { Fill = signed };
        yield return new("runningMean", c, CaseRole.State) { Fill = CaseFills.Uniform(Mean - 0.5, Mean + 0.5), Terms = rows };
        yield return new("runningVariance", c, CaseRole.State) { Fill = CaseFills.Uniform(0.5, 2), Terms = rows };
        yield return new("y", x, CaseRole.Output) { Branches = Relu, Saved = Relu, Terms = rows };
        yield return new("savedMean", c, CaseRole.Output) { Saved = true, Terms = rows };
        yield return new("savedInverseDeviation", c, CaseRole.Output) { Saved = true, Terms = rows };
        yield return new("dy", x, CaseRole.OutputGradient) { Fill = signed, GradientOf = "y" };
        // Frozen statistics leave them alone: what was there has to stay.
        if (Affine) yield return new("dgamma", c, CaseRole.Gradient) { Fill = signed, GradientOf = learns ? "gamma" : null, Accumulates = true, Terms = rows };
        if (Affine) yield return new("dbeta", c, CaseRole.Gradient) { Fill = signed, GradientOf = learns ? "beta" : null, Accumulates = true, Terms = rows };
        yield return new("dx", x, CaseRole.Gradient) { GradientOf = "x", Terms = rows };
    }
}
