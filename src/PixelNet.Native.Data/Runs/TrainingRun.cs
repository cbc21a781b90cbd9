using PixelNet.Native.Backends;
using PixelNet.Native.Data.Loading;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Data.Reports;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Training;

namespace PixelNet.Native.Data.Runs;

/// <summary>
/// A training run in a folder: batches to the trainer, a validation now and then, log and checkpoints. What lies in the folder at the end is a pure
/// function of configuration, data, backend and its level, whether the run was stopped and resumed on the way or not: the order on disk is always
/// log, best checkpoint, report, last checkpoint, so what a killed process did after its last checkpoint is done again, the same.
/// </summary>
public sealed class TrainingRun : IDisposable
{
    private const int TapBatches = 4;
    private readonly RunConfig _config;
    private readonly RunFolder _folder;
    private readonly IBackend _backend;
    private readonly ISegmentationDataset _train;
    private readonly ISegmentationDataset? _validation;
    private readonly PixelNetModel _model;
    private readonly Trainer _trainer;
    private readonly BatchLoader _loader;
    private readonly ImagePredictor _predictor;
    private readonly StartingWeights? _weights;
    private readonly Func<HostBatch?> _takeNext;
    private double? _bestScore;
    // The batch of the next step, where it was taken early to come in while this one was computed.
    private HostBatch? _next;

    /// <summary>Plans a run and takes its memory.</summary>
    /// <param name="config">Everything that decides it.</param>
    /// <param name="train">The images to train on.</param>
    /// <param name="validation">The images to validate on, of the same classes; null = none, the last weights are then the best.</param>
    /// <param name="folder">Where it writes.</param>
    /// <param name="backend">What it computes on.</param>
    /// <param name="weights">What the trunk begins with, if the configuration says so; not needed to go on from a checkpoint.</param>
    /// <param name="loaderThreads">Threads that prepare batches; they do not change a byte.</param>
    /// <exception cref="PixelNetException">The configuration cannot be built, or memory is short.</exception>
    public TrainingRun(RunConfig config, ISegmentationDataset train, ISegmentationDataset? validation, RunFolder folder, IBackend backend, StartingWeights? weights = null, int loaderThreads = 1)
    {
        (_config, _train, _validation, _folder, _backend, _weights) = (config, train, validation, folder, backend, weights);
        var modelConfig = config.ToModel(train.Labels.Count);
        modelConfig.Validate();
        var loaderOptions = config.ToLoader(train.Labels.Count, loaderThreads);
        var input = new NormalizeSizes(loaderOptions.Images, loaderOptions.Height, loaderOptions.Width);
        _model = new PixelNetModel(modelConfig, backend, input, loaderOptions.Images * loaderOptions.Pixels, ModelMode.Training, config.Input.ToPreprocessing());
        _trainer = new Trainer(_model, config.ToTrainer());
        _loader = new BatchLoader(train, loaderOptions, _model.Levels);
        _takeNext = TakeNext;
        _predictor = new ImagePredictor(_model.Parameters, backend, config.Input.ToPreprocessing(), config);
        _model.Allocate();
        if (validation is { Count: > 0 })
        {
            var header = validation.ImageHeader(0);
            _predictor.Prepare(header.Width, header.Height);
        }
        PlannedBytes = _model.Plan.TotalBytes + _loader.CacheBytes + _loader.BatchBytes + _predictor.PlannedBytes;
    }

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>Steps of the whole run.</summary>
    public long Steps => _config.Schedule.Steps;

    /// <summary>Pixels trained on in a step.</summary>
    public int PixelsPerStep => _model.SampleCount;

    /// <summary>Number of parameters.</summary>
    public long ParameterCount => _model.Parameters.Count;

    /// <summary>Bytes of everything that the run keeps, without the runtime itself.</summary>
    public long PlannedBytes { get; }

    /// <summary>The plan, one line a kind.</summary>
    public string MemoryText()
    {
        string Line(string what, long bytes) => bytes == 0 ? "" : $"{what,-20}{MemoryTable.MiB(bytes),14}{Environment.NewLine}";
        return MemoryTable.Of(_model.Plan) + Line("decoded images", _loader.CacheBytes) + Line("batches", _loader.BatchBytes)
            + Line("validation", _predictor.PlannedBytes) + Line("planned in all", PlannedBytes);
    }

    /// <summary>Goes on from the folder's last checkpoint, or begins if there is none yet.</summary>
    /// <exception cref="PixelNetException">The checkpoint is damaged or of another network or configuration.</exception>
    public void Open(ITrainingProgress progress)
    {
        _loader.Warning += progress.Note;
        _model.SetClassWeights(ClassWeighting.Of(_config, _train, _model.Config.Classes));
        if (File.Exists(_folder.Last)) Resume(progress);
        else Begin(progress);
    }

    /// <summary>Trains to the last step.</summary>
    /// <param name="progress">Hears of it.</param>
    /// <param name="stop">Saves and returns false when cancelled.</param>
    /// <returns>Whether the run is finished.</returns>
    /// <exception cref="NonFiniteException">The loss is no number any more; the last checkpoint is kept as it was.</exception>
    public bool Train(ITrainingProgress progress, CancellationToken stop)
    {
        using var log = RunLog.Open(_folder.Log, Step);
        if (IsDue(Step) && log.Rows is [.., { ValMeanIou: null } stopped] && stopped.Step == Step && !Finish(log, log.TakeLast(), progress, stop)) return false;
        while (Step < Steps)
        {
            if (stop.IsCancellationRequested)
            {
                Save(log);
                return false;
            }
            var result = TrainStep(Step + 1);
            Step++;
            progress.Stepped(Step, result);
            if (!Finish(log, new RunLogRow(Step, result.Loss, result.Accuracy, result.LearningRate), progress, stop)) return false;
        }
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _loader.Dispose();
        _predictor.Dispose();
        _model.Dispose();
    }

    private StepResult TrainStep(long step)
    {
        var batch = _next ?? _loader.Take(step);
        _next = null;
        try
        {
            return _trainer.Step(step, batch, _takeNext);
        }
        finally
        {
            _loader.Return(batch);
        }
    }

    // Called within step Step + 1. A file that cannot be read is told when its own step begins.
    private HostBatch? TakeNext()
    {
        if (Step + 2 > Steps) return null;
        try
        {
            return _next = _loader.Take(Step + 2);
        }
        catch (PixelNetException)
        {
            return null;
        }
    }

    // Everything after a step: validation, log row, checkpoints. False if stopped in the validation, which is then made up for by the next Train.
    private bool Finish(RunLog log, RunLogRow row, ITrainingProgress progress, CancellationToken stop)
    {
        if (!IsDue(Step))
        {
            log.Append(row);
            if (Step == Steps) ReportPage.Write(_folder.Report, RunReport.OfTraining(_config, log.Rows, _train.Labels));
            if (Step % _config.Validation.Checkpoint == 0 || Step == Steps) Save(log);
            return true;
        }
        SegmentationScores scores;
        var gallery = new ReportGallery(_train.Labels);
        try
        {
            progress.Validating(0, _validation!.Count);
            scores = ModelEvaluator.Evaluate(_predictor, _validation!, _config.Validation.Images, progress.Validating, stop, gallery.Add);
        }
        catch (OperationCanceledException)
        {
            log.Append(row);
            Save(log);
            return false;
        }
        log.Append(row with { ValMeanIou = scores.MeanIou, ValPixelAccuracy = scores.PixelAccuracy });
        bool best = !double.IsNaN(scores.MeanIou) && !(scores.MeanIou <= _bestScore);
        if (best)
        {
            _bestScore = scores.MeanIou;
            log.Flush();
            Write(_folder.Best);
        }
        ReportPage.Write(_folder.Report, RunReport.OfTraining(_config, log.Rows, _train.Labels, _validation, scores, gallery));
        Save(log);
        progress.Validated(Step, scores, best);
        return true;
    }

    private bool IsDue(long step) => _validation is not null && step > 0 && (step == Steps || (_config.Validation.Every > 0 && step % _config.Validation.Every == 0));

    private void Save(RunLog log)
    {
        log.Flush();
        if (_validation is null) Write(_folder.Best);
        Write(_folder.Last);
    }

    private void Write(string path) => AtomicFile.Write(path, stream => Checkpoint.Write(stream, Info(), _model.Parameters, _backend, _trainer));

    private CheckpointInfo Info() => new()
    {
        Model = _model.Config,
        Preprocessing = _model.Preprocessing,
        TrainingConfig = RunConfigs.Write(_config),
        Step = Step,
        Seed = (ulong)_config.Seed,
        BestScore = _bestScore,
        LabelSet = _train.Labels.Name,
        ClassNames = _train.Labels.ClassNames,
    };

    private void Begin(ITrainingProgress progress)
    {
        _model.Initialize((ulong)_config.Seed);
        if (_config.Model.WeightsSha256.Length > 0)
        {
            if (_weights is null)
                throw new PixelNetException($"this run begins with the weight file of SHA-256 {_config.Model.WeightsSha256}; name it with --weights");
            var loaded = _weights.LoadInto(_model.Parameters, _backend);
            progress.Note($"{loaded.Tensors} tensors, {loaded.Numbers:N0} numbers, of the trunk are those of {_weights.Weights.Vgg.Convention}'s weights{(loaded.Unused.Count == 0 ? "" : $"; not needed: {string.Join(", ", loaded.Unused)}")}");
        }
        if (!_config.Model.StandardizeTaps) return;
        _model.MeasureTapStatistics(FirstBatches());
        _loader.Rewind();
    }

    private IEnumerable<HostBatch> FirstBatches()
    {
        for (int step = 1; step <= TapBatches; step++)
        {
            var batch = _loader.Take(step);
            yield return batch;
            _loader.Return(batch);
        }
    }

    private void Resume(ITrainingProgress progress)
    {
        using (var stream = CheckpointFile.OpenRead(_folder.Last))
        {
            var info = Checkpoint.ReadInfo(stream, _folder.Last);
            CheckSame(info.TrainingConfig);
            stream.Position = 0;
            Checkpoint.Read(stream, _model.Parameters, _backend, _trainer, _folder.Last);
            (Step, _bestScore) = (info.Step, info.BestScore);
            if ((info.Backend, info.Level) != (_backend.Name, _backend.Level))
                progress.Note($"the checkpoint was written by backend {info.Backend} at level {info.Level}, this is {_backend.Name} at {_backend.Level}: the last bits will differ from an uninterrupted run");
        }
    }

    private void CheckSame(string written)
    {
        string[] there = written.Split('\n'), here = RunConfigs.Write(_config).Split('\n');
        for (int i = 0; i < Math.Max(there.Length, here.Length); i++)
        {
            string a = i < there.Length ? there[i].Trim() : "", b = i < here.Length ? here[i].Trim() : "";
            if (a != b) throw new PixelNetException($"{_folder.Last} was trained with \"{a}\" but the run's configuration says \"{b}\"; restore {_folder.Config}, or begin a new run with --out");
        }
    }
}
