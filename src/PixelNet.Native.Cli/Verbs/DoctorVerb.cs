using System.CommandLine;
using System.Text.Json;
using PixelNet.Native.Cuda.Diagnosis;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet doctor</c>: whether <c>--backend cuda</c> works here, and if not, the one thing to do.</summary>
internal static class DoctorVerb
{
    public static Command Create()
    {
        var json = new Option<string?>("--json") { Description = "Write what was found as JSON to this file; - = standard output" };
        var command = new Command("doctor", """
            Look at all that --backend cuda needs: the display driver, the GPUs, the kernels' modules, one kernel that runs, cuDNN and cuBLAS. Ends with one verdict and,
            if not all is well, one fix; the exit code is then 1. Examples:
              pixelnet doctor
              pixelnet doctor --json doctor.json
            The libraries are looked for where PIXELNET_LIBCUDA, PIXELNET_CUDNN and PIXELNET_CUBLAS say (a file, or for the last two a folder), else where the loader finds them,
            in CUDA's usual folders and in Python wheels. PIXELNET_DRIVER=emulator looks at the emulated GPU in place of a real one.
            """)
        { json };
        command.SetAction(call =>
        {
            JsonTarget.Require(call.GetValue(json));
            return Look(call.GetValue(json));
        });
        return command;
    }

    private static int Look(string? json)
    {
        var text = json == "-" ? TextWriter.Null : Console.Out;
        var diagnosis = GpuDiagnosis.Run(IsEmulated(), check => text.WriteLine($"{check.Name,-8} {check.Text}"));
        if (diagnosis.IsWell) text.WriteLine($"well     {diagnosis.Verdict}");
        else Console.Error.WriteLine($"error: {diagnosis.Verdict}; {diagnosis.Fix}");
        if (json is not null) JsonTarget.Write(json, writer => Write(writer, diagnosis));
        return diagnosis.IsWell ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static bool IsEmulated() => Environment.GetEnvironmentVariable("PIXELNET_DRIVER") switch
    {
        null or "" or "cuda" => false,
        "emulator" => true,
        var other => throw new WrongCallException($"PIXELNET_DRIVER={other} is neither cuda nor emulator"),
    };

    private static void Write(Utf8JsonWriter json, GpuDiagnosis diagnosis)
    {
        json.WriteBoolean("well", diagnosis.IsWell);
        json.WriteString("verdict", diagnosis.Verdict);
        json.WriteString("fix", diagnosis.Fix);
        json.WriteStartArray("checks");
        foreach (var check in diagnosis.Checks)
        {
            json.WriteStartObject();
            json.WriteString("check", check.Name);
            json.WriteString("text", check.Text);
            foreach (var (name, value) in check.Values)
            {
                if (value is long number) json.WriteNumber(name, number);
                else if (value is IEnumerable<string> list) WriteList(json, name, list);
                else json.WriteString(name, (string)value);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> list)
    {
        json.WriteStartArray(name);
        foreach (string item in list) json.WriteStringValue(item);
        json.WriteEndArray();
    }
}
