using System.CommandLine;
using PixelNet.Native.Data;
using PixelNet.Native.Data.Reports;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet evaluate</c>: declares the options and picks the mode; each mode is a file of its own, <see cref="EvaluateFolders"/>.</summary>
internal static class EvaluateVerb
{
    public static Command Create()
    {
        var predictions = new Option<string?>("--predictions") { Description = "Folder of predicted label ids: one CITY_SEQUENCE_FRAME*.png a frame, in any subfolder" };
        var truth = new Option<string?>("--ground-truth") { Description = "Folder that holds *_gtFine_labelIds.png with *_instanceIds.png beside, such as gtFine/val" };
        var json = new Option<string?>("--json") { Description = "Write the scores as JSON to this file; - = standard output" };
        var threads = Backends.ThreadsOption();
        var command = new Command("evaluate", """
            Score predictions as the official Cityscapes evaluation does. Examples:
              pixelnet evaluate --predictions results --ground-truth cityscapes/gtFine/val
              pixelnet evaluate --predictions results --ground-truth cityscapes/gtFine/val --json scores.json
            """)
        { predictions, truth, json, threads };
        command.SetAction(call =>
        {
            string? target = call.GetValue(json);
            // A call that evaluates nothing must not look like a success.
            if (call.GetValue(predictions) is not { } predictionFolder || call.GetValue(truth) is not { } truthFolder)
                throw new WrongCallException("there is nothing to evaluate: name --predictions and --ground-truth, both of them");
            JsonTarget.Require(target);
            Report(EvaluateFolders.Run(predictionFolder, truthFolder, call.GetValue(threads)), target);
            return ExitCodes.Ok;
        });
        return command;
    }

    /// <summary>Prints the table and writes the JSON; standard output is for the JSON alone where it goes there.</summary>
    internal static void Report(SegmentationScores scores, string? json)
    {
        if (json == "-")
        {
            Console.Out.Write(ScoresJson.ToText(scores));
            return;
        }
        ScoresTable.Write(Console.Out, scores);
        if (json is null) return;
        AtomicFile.WriteText(json, ScoresJson.ToText(scores));
        Console.WriteLine($"scores written to {json}");
    }
}
