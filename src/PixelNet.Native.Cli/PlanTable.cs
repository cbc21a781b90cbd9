using System.Globalization;
using System.Text.Json;
using PixelNet.Native.Backends.Counting;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cli;

/// <summary>The plan of a run as text and as JSON.</summary>
/// <param name="cpu">On the CPU.</param>
/// <param name="gpu">On a GPU.</param>
/// <param name="cpuLevel">Instruction set of the CPU, which its workspace depends on.</param>
/// <param name="withoutData">Whether no data set was looked at.</param>
/// <param name="gpuHasToFit">Whether <paramref name="needed"/> is the GPU's.</param>
/// <param name="needed">Bytes that have to fit.</param>
/// <param name="limit">Bytes that there are; null = unknown.</param>
/// <param name="changes">What makes it fit.</param>
internal sealed class PlanTable(RunPlan cpu, RunPlan gpu, string cpuLevel, bool withoutData, bool gpuHasToFit, long needed, long? limit, IReadOnlyList<PlanChange> changes)
{
    private const int NameWidth = 34, ColumnWidth = 16;

    public void Write(TextWriter text, bool layers)
    {
        var config = cpu.Config;
        text.WriteLine($"preset {config.Preset}: {config.Sampling.Images} images of {config.Input.Width}x{config.Input.Height} and {config.Sampling.Pixels} pixels of each a step, {cpu.Model.Classes} classes");
        text.WriteLine($"{cpu.ParameterCount:N0} parameters: trunk {cpu.ParameterCount - cpu.HeadParameterCount:N0}, head {cpu.HeadParameterCount:N0}");
        text.WriteLine();
        text.WriteLine($"{"memory",-NameWidth}{$"CPU ({cpuLevel})",ColumnWidth}{"GPU",ColumnWidth}{"its host",ColumnWidth}");
        foreach (var kind in Enum.GetValues<MemoryKind>()) Line(KindName(kind), cpu.BytesOf(kind), gpu.BytesOf(kind), 0);
        Line("validation, prediction", cpu.ValidationBytes, gpu.ValidationBytes, 0);
        Line("batches in preparation", cpu.HostBytes, 0, gpu.HostBytes);
        Line("decoded images", cpu.CachedBytes, 0, gpu.CachedBytes);
        Line("peak", cpu.TotalBytes, gpu.DeviceBytes, gpu.HostBytes + gpu.CachedBytes);
        text.WriteLine($"beside it: the runtime's own memory (about 56 MiB), on a GPU the driver's context{(withoutData ? "; decoded images are kept up to 1024.0 MiB, --data says how many" : "")}");
        text.WriteLine();
        WriteOps(text, layers);
        text.WriteLine();
        text.WriteLine(Verdict());

        void Line(string name, long onCpu, long onGpu, long onHost)
        {
            if (onCpu + onGpu + onHost > 0) text.WriteLine($"{name,-NameWidth}{MiB(onCpu),ColumnWidth}{MiB(onGpu),ColumnWidth}{MiB(onHost),ColumnWidth}".TrimEnd());
        }

        static string MiB(long bytes) => bytes == 0 ? "" : MemoryTable.MiB(bytes);
    }

    /// <summary>One sentence: whether it fits, and if not, what to change.</summary>
    public string Verdict()
    {
        string what = $"{(gpuHasToFit ? "the GPU" : "the CPU")}: {MemoryTable.MiB(needed)}";
        if (limit is not { } there) return $"{what}; --memory says whether that fits";
        if (needed <= there) return $"{what} of {MemoryTable.MiB(there)}, which fits with {MemoryTable.MiB(there - needed)} to spare";
        string advice = changes.Count == 0 ? "and not even the smallest sizes fit: take a narrower network (model.width) or more memory"
            : (changes.Count == 1 ? "change: " : "change one of: ") + string.Join("; ", changes.Select(change => $"{string.Join(' ', change.Settings.Select(setting => $"--set {Quoted(setting)}"))} ({MemoryTable.MiB(change.Bytes)})"));
        return $"{what} do not fit into {MemoryTable.MiB(there)}; {advice}";
    }

    public void WriteJson(string target) => JsonTarget.Write(target, json =>
    {
        var config = cpu.Config;
        json.WriteString("preset", config.Preset);
        json.WriteNumber("classes", cpu.Model.Classes);
        json.WriteNumber("width", config.Input.Width);
        json.WriteNumber("height", config.Input.Height);
        json.WriteNumber("images", config.Sampling.Images);
        json.WriteNumber("pixels", config.Sampling.Pixels);
        json.WriteNumber("parameters", cpu.ParameterCount);
        json.WriteNumber("head_parameters", cpu.HeadParameterCount);
        json.WriteString("cpu_level", cpuLevel);
        WriteMemory(json, "cpu", cpu, cpu.TotalBytes);
        WriteMemory(json, "gpu", gpu, gpu.DeviceBytes);
        json.WriteStartArray("ops");
        foreach (var row in cpu.Ops)
        {
            json.WriteStartObject();
            json.WriteString("op", row.Op);
            json.WriteString("layer", row.Layer);
            json.WriteNumber("calls", row.Calls);
            json.WriteNumber("flops", row.Flops);
            json.WriteNumber("bytes", row.Bytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("flops", cpu.Ops.Sum(row => row.Flops));
        json.WriteNumber("bytes", cpu.Ops.Sum(row => row.Bytes));
        json.WriteString("has_to_fit", gpuHasToFit ? "gpu" : "cpu");
        if (limit is { } there)
        {
            json.WriteNumber("memory", there);
            json.WriteBoolean("fits", needed <= there);
        }
        json.WriteStartArray("changes");
        foreach (var change in changes)
        {
            json.WriteStartObject();
            json.WriteStartArray("settings");
            foreach (string setting in change.Settings) json.WriteStringValue(setting);
            json.WriteEndArray();
            json.WriteNumber("peak", change.Bytes);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static void WriteMemory(Utf8JsonWriter json, string name, RunPlan plan, long peak)
    {
        json.WriteStartObject(name);
        foreach (var kind in Enum.GetValues<MemoryKind>()) json.WriteNumber(KindName(kind).Replace(' ', '_'), plan.BytesOf(kind));
        json.WriteNumber("validation", plan.ValidationBytes);
        json.WriteNumber("host", plan.HostBytes);
        json.WriteNumber("decoded_images", plan.CachedBytes);
        json.WriteNumber("peak", peak);
        json.WriteEndObject();
    }

    private void WriteOps(TextWriter text, bool layers)
    {
        Row("ops of a step", "calls", "GFLOP", "MB", "FLOP/B");
        if (layers)
            foreach (var row in cpu.Ops) Write($"{row.Op} {row.Layer}", [row]);
        else
            foreach (var op in cpu.Ops.GroupBy(row => row.Op).OrderByDescending(op => op.Sum(row => row.Flops))) Write(op.Key, op);
        Write("all", cpu.Ops);

        void Write(string name, IEnumerable<CountedRow> rows)
        {
            double flops = rows.Sum(row => row.Flops), bytes = rows.Sum(row => row.Bytes);
            Row(name, $"{rows.Sum(row => row.Calls)}", Number(flops / 1e9, "0.000"), Number(bytes / 1e6, "0.0"), Number(bytes == 0 ? 0 : flops / bytes, "0.0"));
        }

        void Row(string name, string calls, string flops, string bytes, string intensity) =>
            text.WriteLine($"{name,-NameWidth}  {calls,6}{flops,14}{bytes,14}{intensity,10}");
    }

    private static string KindName(MemoryKind kind) => kind switch
    {
        MemoryKind.Parameters => "parameters",
        MemoryKind.ParameterGradients => "parameter gradients",
        MemoryKind.OptimizerState => "optimizer state",
        MemoryKind.Activations => "activations",
        MemoryKind.Inputs => "inputs",
        MemoryKind.Workspace => "workspace",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "no kind of memory"),
    };

    private static string Quoted(string setting) => setting.Contains('[', StringComparison.Ordinal) ? $"'{setting}'" : setting;

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
