using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Timing;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Tests.Stubs;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Training;
using Xunit;

namespace PixelNet.Native.Cuda.Tests;

/// <summary>
/// The step as a graph, and batches that come in while the last one is computed: neither changes a byte, nor does the order in which streams get on; no
/// wait is missing, and nothing is allocated.
/// </summary>
[Collection(CudaStub.Collection)]
public sealed class StepRuntimeTests
{
    private const int M = 8, Classes = 3;
    private static readonly NormalizeSizes Input = new(1, 16, 16);

    /// <summary>50 steps: started one by one, and as a graph with prefetched batches, while streams take turns in some other order.</summary>
    [Fact]
    public void Graph_and_prefetching_change_no_byte_in_50_steps()
    {
        const int Steps = 50;
        var expected = Train(new EmulatedCudaDriver(), Steps, new() { Graph = false }, prefetch: false);
        Same(expected, Train(new EmulatedCudaDriver(new() { StreamSeed = 1 }), Steps, new(), prefetch: true));
        Assert.All(expected.Losses, loss => Assert.True(double.IsFinite(loss)));
    }

    /// <summary>Work is put off until the host waits, and streams take turns as the seed says: where one did not wait for another, the bytes would differ.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Order_of_streams_changes_no_byte(bool graph)
    {
        var expected = Train(new EmulatedCudaDriver(), 4, new() { Graph = graph }, prefetch: false);
        for (ulong seed = 2; seed < 5; seed++) Same(expected, Train(new EmulatedCudaDriver(new() { StreamSeed = seed }), 4, new() { Graph = graph }, prefetch: true));
    }

    /// <summary>The check above finds what it is there for: without the wait some order gives the old bytes.</summary>
    [Fact]
    public void Missing_wait_shows_in_some_order()
    {
        bool[] waits = [true, false];
        foreach (bool wait in waits)
        {
            var seen = new HashSet<byte>();
            for (ulong seed = 0; seed < 20; seed++)
            {
                using var driver = new EmulatedCudaDriver(new() { StreamSeed = seed });
                nint first = driver.CreateStream(), second = driver.CreateStream(), written = driver.CreateEvent();
                ulong from = driver.Allocate(1), to = driver.Allocate(1);
                driver.SetBytes(from, 1, 1, first);
                driver.SynchronizeStream(first);
                driver.SetBytes(from, 2, 1, first);
                driver.RecordEvent(written, first);
                if (wait) driver.WaitForEvent(second, written);
                driver.CopyOnDevice(to, from, 1, second);
                var value = new byte[1];
                driver.CopyToHost(value, to, second);
                seen.Add(value[0]);
            }
            Assert.Equal(wait ? 1 : 2, seen.Count);
        }
    }

    [Fact]
    public void Pinned_memory_that_is_overwritten_too_early_shows()
    {
        using var driver = new EmulatedCudaDriver(new() { StreamSeed = 1 });
        nint stream = driver.CreateStream(), pinned = driver.AllocateHost(1);
        ulong to = driver.Allocate(1);
        driver.CopyPinnedToDevice(to, pinned, 1, stream);
        System.Runtime.InteropServices.Marshal.WriteByte(pinned, 9);
        var value = new byte[1];
        driver.CopyToHost(value, to, stream);
        Assert.Equal(9, value[0]);
    }

    [Fact]
    public void Steps_allocate_nothing_after_the_first()
    {
        var driver = new EmulatedCudaDriver();
        using var run = new Run(driver, new());
        run.Step(1, prefetch: true);
        long before = driver.Allocations;
        for (int step = 2; step <= 5; step++) run.Step(step, prefetch: true);
        Assert.Equal(before, driver.Allocations);
    }

    /// <summary>A loss that is no number is seen before the parameters move, in a replayed step too.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Loss_that_is_not_finite_leaves_the_parameters_alone(int bad)
    {
        using var run = new Run(new EmulatedCudaDriver(), new());
        for (int step = 1; step < bad; step++) run.Step(step, prefetch: true);
        var bias = run.Model.Parameters.All.First(parameter => parameter.Name.EndsWith("bias", StringComparison.Ordinal)).Value;
        var values = new byte[bias.ByteLength];
        run.Backend.Download(values, bias);
        BitConverter.TryWriteBytes(values, float.NaN);
        run.Backend.Upload(bias, values);
        var before = run.Parameters();
        Assert.Throws<NonFiniteException>(() => run.Step(bad, prefetch: true));
        Assert.True(before.AsSpan().SequenceEqual(run.Parameters()));
    }

    /// <summary>Class weights that come or go change what a step does: it is not the recorded one any more.</summary>
    [Fact]
    public void Class_weights_are_heeded_by_the_step_after()
    {
        double[][] losses = [.. new[] { true, false }.Select(graph =>
        {
            using var run = new Run(new EmulatedCudaDriver(), new() { Graph = graph });
            return Enumerable.Range(1, 9).Select(step =>
            {
                if (step == 4) run.Model.SetClassWeights([1, 20, 3]);
                if (step == 7) run.Model.SetClassWeights([]);
                return run.Step(step, prefetch: false);
            }).ToArray();
        })];
        Assert.Equal(losses[1], losses[0]);
    }

    /// <summary>Two trainers on one backend do not disturb each other's graphs.</summary>
    [Fact]
    public void Trainers_take_turns_on_one_backend()
    {
        using var backend = new CudaBackend(new EmulatedCudaDriver());
        using var first = new Run(backend, OptimizerKind.Adam);
        using var second = new Run(backend, OptimizerKind.SgdMomentum);
        for (int step = 1; step <= 4; step++)
        {
            first.Step(step, prefetch: true);
            second.Step(step, prefetch: true);
        }
        using var alone = new CudaBackend(new EmulatedCudaDriver());
        using var expected = new Run(alone, OptimizerKind.Adam);
        for (int step = 1; step <= 4; step++) expected.Step(step, prefetch: true);
        Assert.True(expected.Parameters().AsSpan().SequenceEqual(first.Parameters()));
    }

    /// <summary>Work that fails while it is captured is told as it is, and the backend can still be used.</summary>
    [Fact]
    public void Failure_in_a_capture_ends_it()
    {
        using var backend = new CudaBackend(new EmulatedCudaDriver());
        int calls = 0;
        Action work = () =>
        {
            if (++calls == 2) throw new ArgumentException("as planned");
        };
        backend.Repeat(work);
        Assert.Equal("as planned", Assert.Throws<ArgumentException>(() => backend.Repeat(work)).Message);
        backend.Allocate(16).Dispose();
        backend.Repeat(work);
        backend.Repeat(work);
        Assert.Equal(3, calls);
    }

    [Fact]
    public void Profile_of_a_step_times_every_op_and_gives_the_same_losses()
    {
        using var plain = new Run(new EmulatedCudaDriver(), new());
        using var timed = new TimedBackend(new CudaBackend(new EmulatedCudaDriver()));
        using var profiled = new Run(timed, OptimizerKind.Adam);
        for (int step = 1; step <= 3; step++) Assert.Equal(plain.Step(step, prefetch: true), profiled.Step(step, prefetch: true));
        Assert.Equal(3, timed.Rows.Single(row => row.Op == nameof(IBackend.AdamUpdate)).Calls);
    }

    /// <summary>On the driver: after two steps one launch for the gradients and one for the update; batches go through pinned memory alone, and the kernels of a step are those of the emulator.</summary>
    [Fact]
    public void Driver_is_given_graphs_and_pinned_copies()
    {
        var stub = CudaStub.Fresh();
        var kernels = new List<string>();
        using (var emulated = new Run(new EmulatedCudaDriver(new() { Launched = report => kernels.Add(report.Kernel) }), new() { Graph = false }))
        {
            kernels.Clear();
            emulated.Step(1, prefetch: false);
        }
        using (var run = new Run(CudaDriver.Open(), new()))
        {
            int planned = stub.Record.Length;
            run.Step(1, prefetch: true);
            Assert.Equal(kernels, stub.Record[planned..].Where(IsLaunch).Select(line => line.Split(' ')[1]));
            run.Step(2, prefetch: true);
            Assert.Equal((2, 2), (stub.Calls("cuStreamBeginCapture_v2"), stub.Calls("cuGraphLaunch")));
            string[] graphs = [.. stub.Record.Where(line => line.StartsWith("cuGraphLaunch", StringComparison.Ordinal)).Select(line => line.Split(' ')[1])];
            Assert.Equal(kernels.Count, graphs.Sum(graph => int.Parse(graph["nodes=".Length..])));

            string[] before = stub.Record;
            run.Step(3, prefetch: true);
            string[] step = stub.Record[before.Length..];
            Assert.DoesNotContain(step, IsLaunch);
            Assert.Equal(2, step.Count(line => line.StartsWith("cuGraphLaunch", StringComparison.Ordinal)));
            // The step's state, 40 bytes, is all that does not come from pinned memory; the batch moves on in one piece.
            Assert.Equal("bytes=40", step.Single(line => line.StartsWith("cuMemcpyHtoDAsync", StringComparison.Ordinal) && line.Contains("pinned=0", StringComparison.Ordinal)).Split(' ')[1]);
            Assert.Single(step, line => line.StartsWith("cuMemcpyDtoDAsync", StringComparison.Ordinal));
            Assert.DoesNotContain(step, line => line.StartsWith("cuMemAlloc", StringComparison.Ordinal) || line.StartsWith("cuMemHostAlloc", StringComparison.Ordinal));
            // The next batch is on its way before the host waits for this one's loss.
            int waits = Array.FindIndex(step, line => line.StartsWith("cuMemcpyDtoHAsync", StringComparison.Ordinal)), comes = Array.FindIndex(step, line => line.Contains("pinned=1", StringComparison.Ordinal));
            Assert.InRange(comes, 0, waits);
        }
        Assert.Empty(stub.Complaints);
        Assert.Equal(stub.Calls("cuMemAlloc_v2"), stub.Calls("cuMemFree_v2"));
        Assert.Equal(stub.Calls("cuMemHostAlloc"), stub.Calls("cuMemFreeHost"));
        Assert.Equal(stub.Calls("cuStreamCreate"), stub.Calls("cuStreamDestroy_v2"));
        Assert.Equal(stub.Calls("cuEventCreate"), stub.Calls("cuEventDestroy_v2"));
        Assert.Equal(stub.Calls("cuGraphInstantiateWithFlags"), stub.Calls("cuGraphExecDestroy"));
    }

    [Fact]
    public void What_cannot_be_captured_is_refused()
    {
        using var driver = new EmulatedCudaDriver();
        nint stream = driver.CreateStream();
        ulong memory = driver.Allocate(4);
        driver.BeginCapture(stream);
        Assert.Throws<CudaException>(() => driver.Allocate(4));
        Assert.Throws<CudaException>(() => driver.CopyToDevice(memory, [1], stream));
        Assert.Throws<CudaException>(() => driver.SynchronizeStream(stream));
        Assert.Throws<CudaException>(() => driver.BeginCapture(stream));
        driver.SetBytes(memory, 5, 4, stream);
        nint graph = driver.EndCapture(stream);
        Assert.Throws<CudaException>(() => driver.EndCapture(stream));
        var bytes = new byte[4];
        driver.SetBytes(memory, 0, 4, stream);
        driver.CopyToHost(bytes, memory, stream);
        Assert.Equal([0, 0, 0, 0], bytes);
        driver.LaunchGraph(graph, stream);
        driver.CopyToHost(bytes, memory, stream);
        Assert.Equal([5, 5, 5, 5], bytes);
        driver.DestroyGraph(graph);
        Assert.Throws<CudaException>(() => driver.LaunchGraph(graph, stream));
    }

    private static bool IsLaunch(string line) => line.StartsWith("cuLaunchKernel", StringComparison.Ordinal);

    private static (double[] Losses, byte[] Parameters) Train(EmulatedCudaDriver driver, int steps, CudaBackendOptions options, bool prefetch)
    {
        using var run = new Run(driver, options);
        return ([.. Enumerable.Range(1, steps).Select(step => run.Step(step, prefetch))], run.Parameters());
    }

    private static void Same((double[] Losses, byte[] Parameters) expected, (double[] Losses, byte[] Parameters) actual)
    {
        Assert.Equal(expected.Losses, actual.Losses);
        Assert.True(expected.Parameters.AsSpan().SequenceEqual(actual.Parameters), "the parameters differ");
    }

    /// <summary>A tiny net in training, its batches made as a loader makes them: two that go round.</summary>
    private sealed class Run : IDisposable
    {
        private readonly CudaBackend? _own;
        private readonly Trainer _trainer;
        private readonly HostBatch[] _batches;
        private HostBatch? _next;

        public Run(ICudaDriver driver, CudaBackendOptions options) : this(new CudaBackend(driver, options), OptimizerKind.Adam) => _own = (CudaBackend)Backend;

        public Run(IBackend backend, OptimizerKind optimizer)
        {
            Backend = backend;
            Model = new(new() { Width = 1.0 / 16, Head = [16], Classes = Classes, Dropout = 0.25f }, backend, Input, M, ModelMode.Training, new ChannelTransform(true, 1 / 64f, 1 / 64f, 1 / 64f, -2, -2, -2));
            _trainer = new Trainer(Model, new() { Optimizer = optimizer, LearningRate = 0.003, Seed = 3 });
            Model.Allocate();
            Model.Initialize(seed: 7);
            _batches = [new HostBatch(Input, M, Model.Levels), new HostBatch(Input, M, Model.Levels)];
        }

        public IBackend Backend { get; }

        public PixelNetModel Model { get; }

        public double Step(int step, bool prefetch)
        {
            var batch = _next ?? Fill(step);
            _next = null;
            double loss = _trainer.Step(step, batch, prefetch ? () => _next = Fill(step + 1) : null).Loss;
            // What went round is overwritten at once, as by a loader.
            batch.Images.AsSpan().Fill(0xEE);
            return loss;
        }

        public byte[] Parameters()
        {
            var bytes = new byte[Model.Parameters.Values.ByteLength];
            Backend.Download(bytes, Model.Parameters.Values);
            return bytes;
        }

        public void Dispose()
        {
            Model.Dispose();
            _own?.Dispose();
        }

        private HostBatch Fill(int step)
        {
            var batch = _batches[step % 2];
            batch.Step = step;
            var random = new PhiloxStream(1, 3, (uint)step, 0);
            foreach (ref byte value in batch.Images.AsSpan()) value = (byte)random.NextInt(256);
            for (int m = 0; m < M; m++)
            {
                (batch.Samples[3 * m], batch.Samples[3 * m + 1], batch.Samples[3 * m + 2]) = (0, random.NextInt(Input.H), random.NextInt(Input.W));
                batch.Targets[m] = random.NextInt(Classes);
            }
            foreach (var cells in batch.Cells) cells.Build(batch.Samples);
            return batch;
        }
    }
}
