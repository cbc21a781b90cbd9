using System.CommandLine;
using PixelNet.Native.Data;
using PixelNet.Native.Data.Reports;
using PixelNet.Native.Data.Runs;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet evaluate</c>: declares the options and picks the mode; each mode is a file of its own, <see cref="EvaluateCheckpoint"/> and <see cref="EvaluateFolders"/>.</summary>
internal static class EvaluateVerb
{
    /// <summary>The warning for a ground truth of nothing but ignored labels.</summary>
    internal const string NothingScored = "no pixel of the ground truth is of an evaluated class, so nothing has a score; the labels of the test split are hidden, evaluate on val";

    private const string None = "none";

    public static Command Create()
    {
        var checkpoint = new Option<string?>("--checkpoint") { Description = "Checkpoint to predict with, such as runs/demo/run/best.safetensors" };
        var data = new Option<string?>("--data") { Description = "With --checkpoint: data folder, Cityscapes or CamVid" };
        var split = new Option<string>("--split") { Description = "With --checkpoint: val, test or train", DefaultValueFactory = _ => "val" };
        var predictions = new Option<string?>("--predictions") { Description = "Folder of predicted label ids: one CITY_SEQUENCE_FRAME*.png a frame, in any subfolder" };
        var truth = new Option<string?>("--ground-truth") { Description = "With --predictions: folder that holds *_gtFine_labelIds.png with *_instanceIds.png beside, such as gtFine/val" };
        var json = new Option<string?>("--json") { Description = "Write the scores as JSON to this file; - = standard output" };
        var report = new Option<string?>("--report") { Description = "Write a report with pictures to this .html file; none = no report. Default: report-SPLIT.html beside the checkpoint, none with --predictions" };
        var size = NetworkInput.SizeOption();
        var backend = Backends.NameOption();
        var threads = Backends.ThreadsOption();
        var exact = Backends.ExactOption();
        var gpu = new GpuOptions();
        var memory = MemorySize.Option();
        var yes = Backends.YesOption();
        var command = new Command("evaluate", """
            Score a checkpoint, or predictions of any program, as the official Cityscapes evaluation does; other data sets by the same rules. Examples:
              pixelnet evaluate --checkpoint runs/camvid/best.safetensors --data camvid --split val --json scores.json
              pixelnet evaluate --checkpoint runs/city/best.safetensors --data cityscapes --report city.html
              pixelnet evaluate --checkpoint runs/city/best.safetensors --data cityscapes --backend cuda --conv own
              pixelnet evaluate --predictions results --ground-truth cityscapes/gtFine/val --json scores.json
            """)
        { checkpoint, data, split, predictions, truth, json, report, size, backend, threads, exact, memory, yes };
        gpu.AddTo(command);
        command.SetAction(call =>
        {
            string? target = call.GetValue(json), model = call.GetValue(checkpoint), page = call.GetValue(report);
            string? predictionFolder = call.GetValue(predictions), truthFolder = call.GetValue(truth), dataFolder = call.GetValue(data);
            // A call that evaluates nothing must not look like a success.
            if (model is null && (predictionFolder is null || truthFolder is null))
                throw new WrongCallException("there is nothing to evaluate: name --checkpoint and --data, or --predictions and --ground-truth, both of them");
            if (model is not null && (predictionFolder ?? truthFolder) is not null)
                throw new WrongCallException("--checkpoint evaluates a network and --predictions files; give one of them");
            if (model is not null && dataFolder is null) throw new WrongCallException("name the --data folder to evaluate the checkpoint on");
            if (model is null && call.GetValue(memory) is not null) throw new WrongCallException("--memory belongs to --checkpoint; scoring predictions reads one frame at a time");
            if (model is null && dataFolder is not null) throw new WrongCallException("--data belongs to --checkpoint; with --predictions name the --ground-truth");
            string splitName = call.GetValue(split)!;
            JsonTarget.Require(target);
            OutputFile.Require("--report", page == None ? null : page);
            page = page == None ? null : page ?? (model is null ? null : RunFolder.EvaluationReport(model, splitName));
            if (model is null)
            {
                Report(EvaluateFolders.Run(predictionFolder!, truthFolder!, page is not null, call.GetValue(threads)), target, page);
                return ExitCodes.Ok;
            }
            using var interruption = new Interruption();
            try
            {
                Report(EvaluateCheckpoint.Run(new EvaluateCheckpoint.Call(model, dataFolder!, splitName, NetworkInput.Parse(call.GetValue(size)), Backends.Asked(call.GetValue(backend)!, call.GetValue(exact)), call.GetValue(threads), call.GetValue(yes), gpu.Read(call, call.GetValue(backend)!), MemorySize.Parse(call.GetValue(memory))), interruption.Token), target, page);
                return ExitCodes.Ok;
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine("stopped; nothing was written");
                return ExitCodes.Interrupted;
            }
        });
        return command;
    }

    // Standard output is for the JSON alone where it goes there. The report comes last: if it cannot be written, the scores are out.
    private static void Report(ReportContent content, string? json, string? page)
    {
        var scores = content.Scores!;
        if (json == "-")
        {
            Console.Out.Write(ScoresJson.ToText(scores));
        }
        else
        {
            ScoresTable.Write(Console.Out, scores);
            if (json is not null)
            {
                AtomicFile.WriteText(json, ScoresJson.ToText(scores));
                Console.WriteLine($"scores written to {json}");
            }
        }
        if (page is null) return;
        ReportPage.Write(page, content);
        Console.Error.WriteLine($"report written to {page} (open it in a browser)");
    }
}
