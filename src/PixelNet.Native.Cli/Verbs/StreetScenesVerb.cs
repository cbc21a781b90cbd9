using System.CommandLine;
using System.Diagnostics;
using PixelNet.Native.Data.StreetScenes;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet streetscenes</c>: a synthetic stand-in for Cityscapes, in its layout, without login or download.</summary>
internal static class StreetScenesVerb
{
    public static Command Create()
    {
        var defaults = new StreetScenesOptions();
        var folder = new Option<string>("--out") { Description = "Folder to write to; it must be empty or new", Required = true };
        var train = new Option<int>("--train") { Description = "Scenes of the train split", DefaultValueFactory = _ => defaults.Train };
        var val = new Option<int>("--val") { Description = "Scenes of the val split", DefaultValueFactory = _ => defaults.Val };
        var test = new Option<int>("--test") { Description = "Scenes of the test split, whose labels are hidden", DefaultValueFactory = _ => defaults.Test };
        var size = new Option<string>("--size") { Description = "Width x height in pixels, such as 2048x1024", DefaultValueFactory = _ => $"{defaults.Width}x{defaults.Height}" };
        var seed = new Option<ulong>("--seed") { Description = "Each number gives other scenes", DefaultValueFactory = _ => defaults.Seed };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace street scenes that the folder holds" };
        var command = new Command("streetscenes", "Draw synthetic street scenes in the layout of Cityscapes") { folder, train, val, test, size, seed, overwrite };
        command.SetAction(call =>
        {
            var (width, height) = ImageSize.Parse("--size", call.GetValue(size)!);
            Write(call.GetValue(folder)!, new StreetScenesOptions
            {
                Train = call.GetValue(train),
                Val = call.GetValue(val),
                Test = call.GetValue(test),
                Width = width,
                Height = height,
                Seed = call.GetValue(seed),
                Overwrite = call.GetValue(overwrite),
            });
            return ExitCodes.Ok;
        });
        return command;
    }

    /// <summary>Writes scenes with a progress bar; also the first step of <c>demo</c>.</summary>
    internal static void Write(string folder, StreetScenesOptions options, CancellationToken stop = default)
    {
        var watch = Stopwatch.StartNew();
        CountDisplay.Show($"Drawing {options.Train + options.Val + options.Test} street scenes", progress =>
        {
            StreetScenesWriter.Write(folder, options, (done, all) => progress(done, all), stop);
            return true;
        });
        Console.WriteLine($"{options.Train} train, {options.Val} val and {options.Test} test scenes of {options.Width}x{options.Height} written to {folder} in {watch.Elapsed.TotalSeconds:F1} s");
    }
}
