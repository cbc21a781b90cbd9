using PixelNet.Native.Cuda;
using PixelNet.Native.Data;
using PixelNet.Native.Data.Reports;
using PixelNet.Native.Data.Runs;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet evaluate --checkpoint FILE --data DIR</c>: predicts a split and scores it in one go; also a step of <c>demo</c>.</summary>
internal static class EvaluateCheckpoint
{
    /// <summary>What is evaluated.</summary>
    /// <param name="Checkpoint">The file.</param>
    /// <param name="Data">Data folder.</param>
    /// <param name="Split">Its split.</param>
    /// <param name="Size">Input of the network, 0 x 0 for each image's own; null = as trained.</param>
    /// <param name="Backend">Backend by name.</param>
    /// <param name="Threads">Its threads.</param>
    /// <param name="Yes">Whether the emulator may take long.</param>
    /// <param name="Gpu">How a GPU computes; null = the usual way.</param>
    /// <param name="Memory">Bytes that the program may take; null = what the machine has.</param>
    internal sealed record Call(string Checkpoint, string Data, string Split, (int Width, int Height)? Size = null, string Backend = "auto", int Threads = 0, bool Yes = false, CudaBackendOptions? Gpu = null, long? Memory = null);

    /// <summary>The scores and what a report shows beside them.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static ReportContent Run(Call call, CancellationToken stop)
    {
        using var backend = Backends.Create(call.Backend, call.Threads, call.Gpu);
        using var model = TrainedModel.Load(call.Checkpoint, backend);
        var dataset = Datasets.Open(call.Data, call.Split);
        if (dataset.Labels.Name != model.Labels.Name)
            throw new PixelNetException($"{call.Checkpoint} was trained on the classes of {model.Labels.Name} but {call.Data} holds {dataset.Labels.Name}; name data of the same classes");
        NetworkInput.Apply(call.Size, model.Predictor);
        model.Predictor.ProcessLimit = call.Memory;
        EmulatorTime.Announce(backend, () => RunFlops.OfPrediction(model, backend, Enumerable.Range(0, dataset.Count).Select(dataset.ImageHeader)), call.Yes);
        Console.Error.WriteLine(Backends.Text(call.Backend, backend));
        var gallery = new ReportGallery(dataset.Labels);
        var scores = CountDisplay.Show($"Evaluating {dataset.Count} images of {call.Split}", progress =>
            ModelEvaluator.Evaluate(model.Predictor, dataset, 0, (done, all) => progress(done, all), stop, gallery.Add));
        if (double.IsNaN(scores.PixelAccuracy)) Console.Error.WriteLine($"warning: {EvaluateVerb.NothingScored}");
        return RunReport.OfEvaluation(model, call.Checkpoint, dataset, scores, gallery);
    }
}
