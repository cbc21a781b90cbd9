using System.CommandLine;
using System.Text;
using System.Text.Json;
using PixelNet.Native.Cli.Emulation;
using PixelNet.Native.Course;
using PixelNet.Native.Data;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet course</c>: broken kernels to mend, checked on the emulated GPU; one action each for list, show and check.</summary>
internal static class CourseVerb
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    public static Command Create() => new("course", """
        Exercises: broken CUDA kernels to mend, checked without a GPU; docs/course/README.md is the way in. Examples:
          pixelnet course list
          pixelnet course show 1 --source > mine.cu
          pixelnet course check 1 mine.cu
        """)
    {
        CreateList(), CreateShow(), CreateCheck(),
    };

    private static Command CreateList()
    {
        var command = new Command("list", "List the exercises");
        command.SetAction(_ =>
        {
            foreach (var exercise in Exercises.All) Console.WriteLine($"{exercise.Number,3}  {exercise.Title,-28} docs/course/exercises/{exercise.Name}.cu");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command CreateShow()
    {
        var number = NumberArgument();
        var source = new Option<bool>("--source") { Description = "Print the broken kernel alone, as a file to start from" };
        var command = new Command("show", "Print an exercise: its task and the broken kernel") { number, source };
        command.SetAction(call =>
        {
            var exercise = Find(call.GetValue(number));
            if (!call.GetValue(source)) Console.WriteLine($"Exercise {exercise.Number}: {exercise.Task[2..]}\ndocs/course/exercises/{exercise.Name}.cu\n");
            Console.Write(exercise.Source);
            return ExitCodes.Ok;
        });
        return command;
    }

    private static Command CreateCheck()
    {
        var number = NumberArgument();
        var file = new Argument<string>("file") { Description = "Your kernel: a .cu (compiled by NVRTC or clang) or a .ptx" };
        var json = new Option<string?>("--json") { Description = "Write the result as JSON to this file; - = standard output" };
        var command = new Command("check", "Check a solution: several sizes, several orders of warps and blocks, all observers, known answers. Exit code 0: solved, 1: not yet, 2: wrong call") { number, file, json };
        command.SetAction(call =>
        {
            var exercise = Find(call.GetValue(number));
            string path = call.GetValue(file)!;
            var report = ExerciseCheck.Run(exercise, KernelFile.Open(path, []).Module);
            if (call.GetValue(json) is { } target) WriteJson(target, report);
            if (call.GetValue(json) != "-") Print(report, path);
            return report.IsSolved ? ExitCodes.Ok : ExitCodes.Failed;
        });
        return command;
    }

    private static Argument<int> NumberArgument() => new("number") { Description = $"Number of the exercise, 1 to {Exercises.All.Count}" };

    private static Exercise Find(int number) => number >= 1 && number <= Exercises.All.Count ? Exercises.All[number - 1]
        : throw new WrongCallException($"there is no exercise {number}; the exercises are 1 to {Exercises.All.Count}");

    private static void Print(CheckReport report, string path)
    {
        var exercise = report.Exercise;
        Console.WriteLine($"Exercise {exercise.Number}: {exercise.Title}");
        if (report.IsSolved)
        {
            Console.WriteLine($"Solved: {report.Sizes} sizes in {report.Orders} orders of warps and blocks, no finding, all results right.");
            return;
        }
        string[] lines = path.EndsWith(".cu", StringComparison.OrdinalIgnoreCase) ? File.ReadAllLines(path) : [];
        string meaning = "";
        foreach (var mistake in report.Mistakes)
        {
            string place = mistake.SourceLine > 0 ? $"line {mistake.SourceLine}: " : mistake.PtxLine > 0 ? $"PTX line {mistake.PtxLine}: " : "";
            Console.WriteLine();
            Console.WriteLine($"{place}{mistake.Kind}{(mistake.Sizes.Count > 0 ? $" at {string.Join("; ", mistake.Sizes)}" : "")}");
            if (mistake.SourceLine > 0 && mistake.SourceLine <= lines.Length) Console.WriteLine($"    {lines[mistake.SourceLine - 1].Trim()}");
            Console.WriteLine($"  {mistake.Message}");
            if (mistake.Meaning != meaning) Console.WriteLine($"  {meaning = mistake.Meaning}");
        }
        Console.WriteLine();
        Console.WriteLine($"Not solved yet: {report.Mistakes.Count} {(report.Mistakes.Count == 1 ? "thing is" : "things are")} wrong.");
    }

    private static void WriteJson(string target, CheckReport report)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteNumber("exercise", report.Exercise.Number);
            json.WriteString("name", report.Exercise.Name);
            json.WriteBoolean("solved", report.IsSolved);
            json.WriteNumber("sizes", report.Sizes);
            json.WriteNumber("orders", report.Orders);
            json.WriteStartArray("mistakes");
            foreach (var mistake in report.Mistakes)
            {
                json.WriteStartObject();
                json.WriteString("kind", mistake.Kind);
                json.WriteNumber("cuLine", mistake.SourceLine);
                json.WriteNumber("ptxLine", mistake.PtxLine);
                json.WriteString("message", mistake.Message);
                json.WriteStartArray("at");
                foreach (string size in mistake.Sizes) json.WriteStringValue(size);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        string text = Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
        if (target == "-") Console.Out.Write(text);
        else AtomicFile.WriteText(target, text);
    }
}
