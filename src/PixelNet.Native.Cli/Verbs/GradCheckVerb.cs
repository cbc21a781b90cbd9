using System.CommandLine;
using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Cuda;
using PixelNet.Native.Data.Presets;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;
using Spectre.Console;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet gradcheck</c>: every gradient that is written out, against the slope of what it is the gradient of; or a float backend against the formulas in double.</summary>
internal static class GradCheckVerb
{
    private const string Slopes = "reference";
    private const int MostElements = 1_000_000;

    private static IEnumerable<string> Ops => OpCases.All.Select(c => c.Op).Append(NetCase.Op).Distinct();

    public static Command Create()
    {
        var op = new Option<string[]>("--op") { Description = $"Check this op alone, may be repeated: {string.Join(", ", Ops)} (a whole net)", DefaultValueFactory = _ => [] };
        var backend = new Option<string>("--backend") { Description = "reference = central differences in double; another, such as cpu = that backend in float against the reference in double", DefaultValueFactory = _ => Slopes };
        var threads = Backends.ThreadsOption();
        var gpu = new GpuOptions();
        var elements = new Option<int>("--elements") { Description = "Elements of each tensor that are moved one by one, at most; all are moved at once besides", DefaultValueFactory = _ => GradientCheck.DefaultElements };
        var all = new Option<bool>("--all") { Description = "The long cases too" };
        var json = new Option<string?>("--json") { Description = "Write the table as JSON to this file; - = standard output" };
        var command = new Command("gradcheck", """
            Check every gradient. Examples:
              pixelnet gradcheck
              pixelnet gradcheck --op Conv2d --op Hypercolumn
              pixelnet gradcheck --backend cpu --json gradients.json
            """)
        { op, backend, threads, elements, all, json };
        gpu.AddTo(command);
        command.SetAction(call =>
        {
            string[] ops = call.GetValue(op)!;
            foreach (string name in ops)
                if (!Ops.Contains(name, StringComparer.OrdinalIgnoreCase)) throw new WrongCallException($"unknown op '{name}'{Suggestion.For(name, Ops)}; ops: {string.Join(", ", Ops)}");
            if (call.GetValue(elements) is < 1 or > MostElements) throw new WrongCallException($"--elements {call.GetValue(elements)} is not between 1 and {MostElements}");
            JsonTarget.Require(call.GetValue(json));
            return Check(ops, call.GetValue(backend)!, call.GetValue(threads), gpu.Read(call, call.GetValue(backend)!), call.GetValue(elements), call.GetValue(all), call.GetValue(json));
        });
        return command;
    }

    private static int Check(string[] ops, string backendName, int threads, CudaBackendOptions gpu, int elements, bool all, string? json)
    {
        bool slopes = backendName == Slopes;
        using var backend = slopes ? new ReferenceBackend() : Backends.Create(backendName, threads, gpu);
        if (gpu.Precision == Precision.Tf32) throw new WrongCallException("the limits of gradcheck are those of fp32; leave --precision tf32 out");
        bool Asked(string op) => ops.Length == 0 || ops.Contains(op, StringComparer.OrdinalIgnoreCase);
        var work = new List<Func<IReadOnlyList<CheckRow>>>();
        foreach (var c in OpCases.All.Where(c => Asked(c.Op) && (all || !c.Long)))
            if (!slopes) work.Add(() => ParityCheck.Of(c, backend));
            else if (c.HasBackward) work.Add(() => GradientCheck.Of(c, backend, elements));
        // A whole net takes a whole forward pass for every element that is moved: a tenth of them is enough for the wiring.
        foreach (var net in Asked(NetCase.Op) ? NetCase.All : [])
            work.Add(() => slopes ? GradientCheck.Of(net, backend, Math.Max(1, elements / 10)) : ParityCheck.Of(net, backend));
        if (work.Count == 0) throw new WrongCallException($"{string.Join(", ", ops)} has no backward pass, so there is no slope to compare with; --backend cpu compares its results");

        var rows = new List<CheckRow>();
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }).Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask($"Checking {work.Count} cases", maxValue: work.Count);
                foreach (var check in work)
                {
                    rows.AddRange(check());
                    task.Increment(1);
                }
            });
        if (json != "-") GradCheckTable.Write(Console.Out, rows, backend, slopes);
        if (json is not null) GradCheckTable.WriteJson(json, rows, backend, slopes);
        return rows.All(row => row.Passed) ? ExitCodes.Ok : ExitCodes.Failed;
    }
}
