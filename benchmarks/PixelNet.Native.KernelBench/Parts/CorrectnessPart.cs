using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Cuda;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using PixelNet.Native.KernelBench.Results;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Training;

namespace PixelNet.Native.KernelBench.Parts;

/// <summary>
/// The op suite on the device: every case against the reference in double, outputs NaN before and canaries around them; every case three times with the
/// same bytes; whole nets; and three trainings of the same seed, whose losses and weights have to be the same bytes.
/// </summary>
internal static class CorrectnessPart
{
    private const int Runs = 3, TrainingSteps = 50, EmulatedSteps = 2;

    public static ResultFile Run(ICudaDriver driver, bool emulated, TimeBudget budget, Action<CheckRecord> progress)
    {
        var checks = new List<CheckRecord>();
        bool hasTf32 = 10 * driver.GetAttribute(CudaDeviceAttribute.ComputeCapabilityMajor) >= CudaDriver.Tf32ComputeCapability;
        foreach (var precision in hasTf32 ? (Precision[])[Precision.Fp32, Precision.Tf32] : [Precision.Fp32])
        {
            using var backend = new CudaBackend(driver, new CudaBackendOptions { Precision = precision }, ownsDriver: false);
            string name = precision == Precision.Fp32 ? "fp32" : "tf32";
            foreach (var op in OpCases.All.Where(c => !emulated || !c.Long).GroupBy(c => c.Op))
            {
                Add($"{op.Key} {name}: against double", () => Parity(op, backend, precision));
                Add($"{op.Key} {name}: same bytes in {Runs} runs", () => SameBytes(op, backend));
            }
            foreach (var net in precision == Precision.Fp32 ? NetCase.All : []) Add($"{net}: against double", () => Verdict(ParityCheck.Of(net, backend)));
            int steps = emulated ? EmulatedSteps : TrainingSteps;
            Add($"training {name}: losses and weights of {Runs} x {steps} steps", () => Training(driver, precision, steps));
        }
        // The rungs that are not the default ones, each in the place of its pass.
        foreach (var entry in KernelCatalogue.Passes.Where(pass => pass != HypercolumnKernels.BackwardAtomic).SelectMany(pass => pass.Entries.Where(entry => entry != pass.DefaultEntry && !entry.IsTf32)))
            Add($"rung {entry.Name}: against double", () =>
            {
                using var backend = new CudaBackend(driver, new CudaBackendOptions { Kernels = [entry.Name] }, ownsDriver: false);
                return Parity(OpCases.All.Where(c => !c.Long && c.Op == OpOf(entry.Name)), backend, Precision.Fp32);
            });
        return new ResultFile { Checks = checks, Notes = hasTf32 ? [] : ["correctness: this GPU has no TF32"] };

        void Add(string what, Func<(bool, string)> check)
        {
            CheckRecord record;
            try
            {
                record = budget.IsLeft && check() is var (passed, detail) ? new(what, passed, detail) : new(what, false, "not checked: out of time");
            }
            catch (Exception e) when (e is PixelNetException or InsufficientMemoryException or ArgumentException)
            {
                record = new(what, false, e.Message);
            }
            checks.Add(record);
            progress(record);
        }
    }

    private static (bool, string) Parity(IEnumerable<OpCase> cases, IBackend backend, Precision precision) =>
        Verdict(cases.SelectMany(c => ParityCheck.Of(c, backend, precision == Precision.Tf32 && c is Conv2dCase or LinearCase or PixelMlpCase ? CaseTolerance.Tf32 : null)));

    private static (bool, string) Verdict(IEnumerable<CheckRow> checkedRows)
    {
        var rows = checkedRows.ToArray();
        return rows.FirstOrDefault(row => !row.Passed) is { } fault ? (false, fault.Fault!)
            : (true, FormattableString.Invariant($"{rows.Length} tensors, worst {rows.Select(row => row.Error).DefaultIfEmpty().Max():E1}"));
    }

    private static (bool, string) SameBytes(IEnumerable<OpCase> cases, IBackend backend)
    {
        int tensors = 0;
        foreach (var c in cases)
        {
            using var run = new CaseRun(c, backend);
            Dictionary<string, byte[]>? first = null;
            for (int i = 0; i < Runs; i++)
            {
                run.Fill();
                run.Forward();
                if (c.HasBackward) run.Backward();
                var bytes = c.Tensors.ToDictionary(tensor => tensor.Name, tensor => run.ReadBytes(tensor.Name));
                first ??= bytes;
                if (bytes.FirstOrDefault(tensor => !tensor.Value.AsSpan().SequenceEqual(first[tensor.Key])) is { Key: { } other })
                    return (false, $"{c}: '{other}' has other bytes in run {i + 1}");
            }
            tensors += first!.Count;
        }
        return (true, $"{tensors} tensors");
    }

    private static (bool, string) Training(ICudaDriver driver, Precision precision, int steps)
    {
        (byte[] Losses, byte[] Weights)? first = null;
        for (int run = 0; run < Runs; run++)
        {
            using var backend = new CudaBackend(driver, new CudaBackendOptions { Precision = precision }, ownsDriver: false);
            var result = Train(backend, steps);
            first ??= result;
            if (!result.Losses.AsSpan().SequenceEqual(first.Value.Losses)) return (false, $"the losses of run {run + 1} differ");
            if (!result.Weights.AsSpan().SequenceEqual(first.Value.Weights)) return (false, $"the weights of run {run + 1} differ");
        }
        double last = MemoryMarshal.Cast<byte, double>(first!.Value.Losses)[^1];
        return (double.IsFinite(last), FormattableString.Invariant($"{first.Value.Weights.Length} bytes of weights, last loss {last:F4}"));
    }

    private static (byte[] Losses, byte[] Weights) Train(CudaBackend backend, int steps)
    {
        var config = new PixelNetConfig { Width = 1.0 / 16, BatchNorm = true, Head = [24, 16], Dropout = 0.25f, Classes = 5 };
        var input = new NormalizeSizes(2, 32, 48);
        const int pixels = 64;
        using var model = new PixelNetModel(config, backend, input, input.N * pixels, ModelMode.Training, new ChannelTransform(false, 1 / 60f, 1 / 60f, 1 / 60f, -2, -2, -2));
        var trainer = new Trainer(model, new TrainerOptions { LearningRate = 1e-3, Seed = 5 });
        model.Allocate();
        model.Initialize(seed: 7);
        var batch = new HostBatch(input, input.N * pixels, model.Levels);
        var losses = new double[steps];
        for (int step = 1; step <= steps; step++)
        {
            Draw(batch, input, pixels, config.Classes, (uint)step);
            losses[step - 1] = trainer.Step(step, batch).Loss;
        }
        var weights = new byte[model.Parameters.Values.ByteLength];
        backend.Download(weights, model.Parameters.Values);
        return (MemoryMarshal.AsBytes<double>(losses).ToArray(), weights);
    }

    private static void Draw(HostBatch batch, in NormalizeSizes input, int pixels, int classes, uint step)
    {
        var random = new PhiloxStream(11, RandomPurpose.Pixels, step, 0);
        foreach (ref byte pixel in batch.Images.AsSpan()) pixel = (byte)random.NextInt(256);
        for (int m = 0; m < batch.SampleCount; m++)
        {
            // One a stripe of the image, so that they are in raster order.
            int stripe = input.H * input.W / pixels, at = m % pixels * stripe + random.NextInt(stripe);
            (batch.Samples[3 * m], batch.Samples[3 * m + 1], batch.Samples[3 * m + 2]) = (m / pixels, at / input.W, at % input.W);
            batch.Targets[m] = random.NextInt(classes);
        }
        foreach (var cells in batch.Cells) cells.Build(batch.Samples);
    }

    /// <summary>The longest op whose name the kernel's begins with.</summary>
    private static string OpOf(string kernel) => OpCases.All.Select(c => c.Op).Distinct()
        .Where(op => kernel.Replace("_", "", StringComparison.Ordinal).StartsWith(op, StringComparison.OrdinalIgnoreCase)).MaxBy(op => op.Length)!;
}
