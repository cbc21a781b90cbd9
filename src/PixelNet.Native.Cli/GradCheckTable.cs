using System.Globalization;
using System.Text.Json;
using PixelNet.Native.Backends;
using PixelNet.Native.Diagnostics;
using PixelNet.Native.Diagnostics.Cases;

namespace PixelNet.Native.Cli;

/// <summary>The checks of <c>pixelnet gradcheck</c> as text, op by op with the files that hold formula and loops, and as JSON.</summary>
internal static class GradCheckTable
{
    private const string Engine = "src/PixelNet.Native";

    public static void Write(TextWriter text, IReadOnlyList<CheckRow> rows, IBackend backend, bool slopes)
    {
        text.WriteLine(slopes
            ? "Each gradient of the reference in double against (f(x + h) - f(x - h)) / 2h of its own forward pass: elements one by one, then all at once."
            : $"Each result of backend {backend.Name} ({backend.Level}) in float against the reference in double, from the same values: the whole tensor, and element by element.");
        foreach (var op in rows.GroupBy(row => row.Op))
        {
            text.WriteLine();
            text.WriteLine($"{op.Key}   formula and derivation: {Formula(op.Key)}   loops: {Loops(op.Key)}");
            int width = op.Max(row => row.Tensor.Length);
            foreach (var of in op.GroupBy(row => row.Case))
            {
                text.WriteLine($"  {of.Key}");
                foreach (var row in of) WriteRow(text, row, width);
            }
        }
        text.WriteLine();
        var faults = rows.Where(row => !row.Passed).ToArray();
        foreach (var fault in faults) text.WriteLine($"FAILED {fault.Fault}");
        var worst = rows.Where(row => row.Passed && row.Limit > 0).MaxBy(row => row.Error / row.Limit);
        text.WriteLine($"{rows.Select(row => (row.Op, row.Case)).Distinct().Count()} cases of {rows.Select(row => row.Op).Distinct().Count()} ops, {rows.Count} tensors, {rows.Sum(row => row.Checked):N0} elements: "
            + (faults.Length > 0 ? $"{faults.Length} FAILED" : $"all passed; closest to its limit: {worst?.Op}: {worst?.Case}: {worst?.Tensor}, {Number(worst?.Error)} of {Number(worst?.Limit)}"));
    }

    public static void WriteJson(string target, IReadOnlyList<CheckRow> rows, IBackend backend, bool slopes) => JsonTarget.Write(target, json =>
    {
        json.WriteString("check", slopes ? "central differences" : "parity");
        json.WriteString("backend", backend.Name);
        json.WriteString("level", backend.Level);
        json.WriteBoolean("passed", rows.All(row => row.Passed));
        json.WriteStartArray("tensors");
        foreach (var row in rows)
        {
            json.WriteStartObject();
            json.WriteString("op", row.Op);
            json.WriteString("case", row.Case);
            json.WriteString("tensor", row.Tensor);
            json.WriteNumber("checked", row.Checked);
            json.WriteNumber("elements", row.Count);
            WriteNumber(json, "error", row.Error);
            WriteNumber(json, "limit", row.Limit);
            json.WriteBoolean("passed", row.Passed);
            if (row.Note.Length > 0) json.WriteString("note", row.Note);
            if (row.Fault is not null) json.WriteString("fault", row.Fault);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static void WriteRow(TextWriter text, CheckRow row, int width)
    {
        string elements = row.Checked == row.Count ? $"{row.Count}" : $"{row.Checked} of {row.Count}";
        text.WriteLine($"    {row.Tensor.PadRight(width)}  {elements,14} elements  error {Number(row.Error),7}  limit {Number(row.Limit),7}  {(row.Passed ? "ok" : "FAILED"),-6}  {row.Note}".TrimEnd());
    }

    // A whole net is no op: its formula is the order of the calls.
    private static string Formula(string op) => op == NetCase.Op ? $"{Engine}/Model/PixelNetModel.Backward.cs" : op == nameof(IBackend.Fill) ? $"{Engine}/Backends/IBackend.cs" : $"{Engine}/Layers/{op}.cs";

    private static string Loops(string op) => op == NetCase.Op ? "all of the others" : $"{Engine}/Backends/Reference/ReferenceBackend.{op}.cs";

    private static string Number(double? value) => value == 0 ? "0" : value?.ToString("0.0E0", CultureInfo.InvariantCulture) ?? "";

    // JSON has no NaN and no infinity.
    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, value);
        else json.WriteNull(name);
    }
}
