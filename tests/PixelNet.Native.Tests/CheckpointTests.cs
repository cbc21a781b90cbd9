using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;
using PixelNet.Native.Training;
using Xunit;

namespace PixelNet.Native.Tests;

public sealed class CheckpointTests
{
    private static readonly PixelNetConfig Config = TinyNet.Config("conv1_2", "conv2_2") with { StandardizeTaps = true, Dropout = 0.2f };

    [Theory]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.SgdMomentum)]
    public void Resumed_run_ends_with_the_same_bytes(OptimizerKind optimizer)
    {
        using var backend = new CpuBackend(2);
        using var whole = new Run(backend, optimizer);
        whole.Start();
        whole.Steps(1, 3);
        byte[] middle = whole.Save(3);
        whole.Steps(4, 6);
        byte[] end = whole.Save(6);

        using var otherBackend = new CpuBackend(1);
        using var resumed = new Run(otherBackend, optimizer);
        var info = resumed.Load(middle);
        Assert.Equal(middle, resumed.Save(3));
        resumed.Steps(info.Step + 1, 6);
        Assert.Equal(end, resumed.Save(6));
        Assert.NotEqual(middle, end);
    }

    [Fact]
    public void What_it_says_about_itself_comes_back()
    {
        using var backend = new CpuBackend(1);
        using var run = new Run(backend);
        run.Start();
        byte[] bytes = run.Save(17);
        var info = Checkpoint.ReadInfo(new MemoryStream(bytes));
        Assert.Equal(Config.ToJson(), info.Model.ToJson());
        Assert.Equal((17, 42UL, 0.123456789012345678, "cpu", backend.Level, "m,v"), (info.Step, info.Seed, info.BestScore, info.Backend, info.Level, info.Moments));
        Assert.Equal(TinyNet.Preprocessing, info.Preprocessing);
        Assert.Equal(["road", "a \"quoted\" 名"], info.ClassNames);
        Assert.Equal("key = \"value\"\n", info.TrainingConfig);
        var reader = new SafetensorsReader(new MemoryStream(bytes));
        Assert.Equal("KRSC", reader.Metadata["layout"]);
        Assert.Equal([8, 3, 3, 3], reader.Find("conv1_1.weight")!.Shape);
        Assert.NotNull(reader.Find("bn2_2.running_var"));
        Assert.NotNull(reader.Find("taps.inverse_deviation"));
        Assert.NotNull(reader.Find("optim.v.head.2.bias"));
        Assert.Equal(0, reader.Entries[0].Offset % 8);
    }

    [Fact]
    public void Weights_alone_predict_but_do_not_resume()
    {
        using var backend = new CpuBackend(1);
        using var run = new Run(backend);
        run.Start();
        run.Steps(1, 2);
        var stream = new MemoryStream();
        Checkpoint.Write(stream, run.Info(2), run.Model.Parameters, backend);
        Assert.True(stream.Length < run.Save(2).Length / 2);
        var (info, parameters) = Checkpoint.Load(stream, backend);
        using (parameters)
        {
            var image = TinyNet.Batch(run.Model, 5).Images.AsSpan(0, 32 * 40 * 3);
            using var loaded = new DensePredictor(parameters, backend, info.Preprocessing, keepsProbabilities: true);
            using var live = new DensePredictor(run.Model.Parameters, backend, TinyNet.Preprocessing, keepsProbabilities: true);
            byte[] expected = new byte[32 * 40], actual = new byte[32 * 40];
            loaded.Predict(image, 32, 40, actual, 32, 40);
            live.Predict(image, 32, 40, expected, 32, 40);
            Assert.Equal(expected, actual);
            Assert.Equal(live.ReadProbabilities(), loaded.ReadProbabilities());
        }
        using var other = new Run(backend);
        other.Model.Allocate();
        Assert.Contains("weights only", Assert.Throws<PixelNetException>(() => other.Load(stream.ToArray(), allocate: false)).Message);
    }

    [Theory]
    [InlineData("'head.0.weight' is [16, 24] there and [20, 24] here", 20, 16)]
    [InlineData("'head.1.weight' is [16, 16] there and [20, 16] here", 16, 20)]
    [InlineData("'head.2.weight' is [4, 16] there and [16, 16] here", 16, 16, 16)]
    [InlineData("'head.1.weight' is [16, 16] there and [4, 16] here", 16)]
    public void Another_network_is_named_by_its_first_difference(string expected, params int[] head)
    {
        using var backend = new CpuBackend(1);
        using var run = new Run(backend);
        run.Start();
        byte[] bytes = run.Save(1);
        using var other = new Run(backend, config: Config with { Head = head });
        other.Start();
        byte[] before = other.Save(1);
        Assert.Contains(expected, Assert.Throws<PixelNetException>(() => other.Load(bytes, allocate: false)).Message);
        Assert.Equal(before, other.Save(1));
    }

    [Fact]
    public void Missing_and_surplus_tensors_are_named()
    {
        using var backend = new CpuBackend(1);
        using var plain = new Run(backend);
        using var deeper = new Run(backend, config: Config with { Taps = ["conv1_2", "conv2_2", "conv3_3"], Head = [] });
        plain.Start();
        deeper.Start();
        Assert.Contains("no tensor 'conv3_1.weight', which is [32, 3, 3, 16] here", Assert.Throws<PixelNetException>(() => deeper.Load(plain.Save(1), allocate: false)).Message);
        using var shallow = new Run(backend, config: Config with { BatchNormAffine = false });
        shallow.Start();
        Assert.Contains("its tensor 'bn1_1.weight' [8] does not exist here", Assert.Throws<PixelNetException>(() => shallow.Load(plain.Save(1), allocate: false)).Message);
    }

    [Fact]
    public void Another_optimiser_is_refused()
    {
        using var backend = new CpuBackend(1);
        using var run = new Run(backend);
        run.Start();
        using var other = new Run(backend, OptimizerKind.SgdMomentum);
        Assert.Contains("'m,v' of another optimiser", Assert.Throws<PixelNetException>(() => other.Load(run.Save(1))).Message);
    }

    [Fact]
    public void Numbers_that_are_not_finite_are_never_written()
    {
        using var backend = new CpuBackend(1);
        using var run = new Run(backend);
        run.Start();
        run.Model.Parameters["conv2_1.weight"].Value.Span<float>()[5] = float.NaN;
        var error = Assert.Throws<NonFiniteException>(() => run.Save(3));
        Assert.Equal(("conv2_1.weight", 3), (error.TensorName, error.Step));
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        using var backend = new CpuBackend(1);
        using var run = new Run(backend);
        run.Start();
        byte[] bytes = run.Save(1);
        for (int length = 0; length < bytes.Length; length += length < 200 ? 1 : 997)
            Assert.Throws<PixelNetException>(() => Checkpoint.Load(new MemoryStream(bytes, 0, length), backend));
    }

    [Fact]
    public void Double_precision_is_kept_as_it_is()
    {
        using var backend = new CpuBackend(1);
        var parameters = ModelParameters.Plan(Config);
        parameters.Allocate(backend);
        var plan = new MemoryPlan();
        var doubles = new ModelParameters(Config, plan, gradients: false, ElementType.Float64);
        plan.Allocate(backend);
        doubles["head.0.weight"].Value.Span<double>()[3] = Math.PI;
        var stream = new MemoryStream();
        Checkpoint.Write(stream, new CheckpointInfo { Model = Config, Preprocessing = default }, doubles, backend);
        doubles["head.0.weight"].Value.Span<double>()[3] = 0;
        Checkpoint.Read(stream, doubles, backend);
        Assert.Equal(Math.PI, doubles["head.0.weight"].Value.Span<double>()[3]);
        Assert.Contains("as F64, but F32", Assert.Throws<PixelNetException>(() => Checkpoint.Read(stream, parameters, backend)).Message);
        plan.Dispose();
        parameters.Dispose();
    }

    /// <summary>A run as a program would lead it.</summary>
    private sealed class Run : IDisposable
    {
        private readonly CpuBackend _backend;
        private readonly Trainer _trainer;

        public Run(CpuBackend backend, OptimizerKind optimizer = OptimizerKind.Adam, PixelNetConfig? config = null)
        {
            _backend = backend;
            Model = TinyNet.Model(config ?? Config, backend);
            _trainer = new Trainer(Model, new TrainerOptions { Optimizer = optimizer, LearningRate = 1e-3, Schedule = new(ScheduleKind.Cosine, 6, 2), Seed = 42 });
        }

        public PixelNetModel Model { get; }

        public void Start()
        {
            Model.Allocate();
            Model.Initialize(42);
            Model.MeasureTapStatistics([TinyNet.Batch(Model, 1)]);
        }

        public void Steps(long first, long last)
        {
            for (long step = first; step <= last; step++) _trainer.Step(step, TinyNet.Batch(Model, step));
        }

        public CheckpointInfo Info(long step) => new()
        {
            Model = Model.Config,
            Preprocessing = Model.Preprocessing,
            TrainingConfig = "key = \"value\"\n",
            Step = step,
            Seed = 42,
            BestScore = 0.123456789012345678,
            LabelSet = "toy",
            ClassNames = ["road", "a \"quoted\" 名"],
        };

        public byte[] Save(long step)
        {
            var stream = new MemoryStream();
            Checkpoint.Write(stream, Info(step), Model.Parameters, _backend, _trainer);
            return stream.ToArray();
        }

        public CheckpointInfo Load(byte[] bytes, bool allocate = true)
        {
            if (allocate) Model.Allocate();
            return Checkpoint.Read(new MemoryStream(bytes), Model.Parameters, _backend, _trainer);
        }

        public void Dispose() => Model.Dispose();
    }
}
