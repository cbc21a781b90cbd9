using System.Globalization;
using System.Text;
using System.Text.Json;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Execution;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Cli.Emulation;

/// <summary>
/// The outcome of a launch for scripts: <c>{"entry", "exit": "clean|findings", "findings": [{"kind", "cuLine", "ptxLine", "threads", "blocks", "address",
/// "message"}], "counters": {…}}</c>. Threads and blocks are [x, y, z], the first 64; an unknown line is null, an address a hexadecimal string or null.
/// </summary>
internal static class EmulationJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, NewLine = "\n" };

    public static string ToText(LaunchReport report)
    {
        var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options)) Write(json, report);
        return Encoding.UTF8.GetString(buffer.ToArray()) + "\n";
    }

    private static void Write(Utf8JsonWriter json, LaunchReport report)
    {
        json.WriteStartObject();
        json.WriteString("entry", report.Kernel);
        json.WriteString("exit", report.IsClean ? "clean" : "findings");
        json.WriteStartArray("findings");
        foreach (var finding in report.Findings) Write(json, finding);
        json.WriteEndArray();
        json.WriteStartObject("counters");
        var total = LaunchTotals.Of(report);
        json.WriteNumber("warpInstructions", report.Instructions);
        Counters(json, total.Sum);
        json.WriteStartObject("byOpcode");
        foreach (var opcode in report.CountersByOpcode().Where(c => c.Executions > 0)) json.WriteNumber(opcode.OpcodeClass, opcode.Executions);
        json.WriteEndObject();
        json.WriteStartArray("byLine");
        foreach (var line in report.CountersBySourceLine().Where(c => c.Executions > 0))
        {
            json.WriteStartObject();
            Line(json, "cuLine", line.SourceLine);
            json.WriteNumber("ptxLine", line.Line);
            json.WriteNumber("executions", line.Executions);
            Counters(json, line);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteStartObject();
        json.WriteString("kind", finding.KindName);
        Line(json, "cuLine", finding.SourceLine);
        Line(json, "ptxLine", finding.Line);
        Places(json, "threads", finding.Threads);
        Places(json, "blocks", finding.Blocks);
        if (finding.Address == 0) json.WriteNull("address");
        else json.WriteString("address", string.Create(CultureInfo.InvariantCulture, $"0x{finding.Address:x}"));
        json.WriteString("message", finding.Message);
        json.WriteEndObject();
    }

    private static void Counters(Utf8JsonWriter json, InstructionCounters counters)
    {
        json.WriteNumber("threadInstructions", counters.ActiveLanes);
        json.WriteNumber("globalRequests", counters.GlobalRequests);
        json.WriteNumber("globalSectors", counters.GlobalSectors);
        json.WriteNumber("idealSectors", counters.IdealSectors);
        json.WriteNumber("sharedRequests", counters.SharedRequests);
        json.WriteNumber("bankConflicts", counters.BankConflicts);
    }

    private static void Line(Utf8JsonWriter json, string name, int line)
    {
        if (line > 0) json.WriteNumber(name, line);
        else json.WriteNull(name);
    }

    private static void Places(Utf8JsonWriter json, string name, IReadOnlyList<Dim3> places)
    {
        json.WriteStartArray(name);
        foreach (var place in places) json.WriteRawValue(string.Create(CultureInfo.InvariantCulture, $"[{place.X}, {place.Y}, {place.Z}]"));
        json.WriteEndArray();
    }
}
