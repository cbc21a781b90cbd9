using System.Text.Json;
using System.Text.Json.Serialization;
using PixelNet.Native.Data;
using PixelNet.Native.KernelBench.Measurement;

namespace PixelNet.Native.KernelBench.Results;

/// <summary><c>results.json</c>, and each part of it (<c>ceilings.json</c>, <c>kernels.json</c>, …), which holds what that part found.</summary>
public sealed record ResultFile
{
    private const long LargestFile = 64 << 20;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Where; of the parts, <c>device</c> says it.</summary>
    public DeviceRecord? Device { get; init; }

    /// <summary>The peers' side: PyTorch's version and settings.</summary>
    public string? Peers { get; init; }

    /// <summary>The machine's ceilings.</summary>
    public Ceilings? Ceilings { get; init; }

    /// <summary>What had to hold.</summary>
    public IReadOnlyList<CheckRecord> Checks { get; init; } = [];

    /// <summary>What was done and timed.</summary>
    public IReadOnlyList<ResultRow> Rows { get; init; } = [];

    /// <summary>What a reader should know: parts that failed or ran out of time.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="PixelNetException">It is no file of this kind.</exception>
    public static ResultFile Read(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LargestFile) throw new PixelNetException($"{path} is too large for a file of results");
            return JsonSerializer.Deserialize<ResultFile>(File.ReadAllText(path), Json) ?? throw new PixelNetException($"{path} holds no results");
        }
        catch (JsonException e)
        {
            throw new PixelNetException($"{path} is no file of results: {e.Message}", e);
        }
    }

    /// <summary>Writes it, whole or not at all.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>All parts of a folder as one: what is there, in the order of the parts; notes say what is missing.</summary>
    /// <param name="folder">Where the parts lie.</param>
    /// <param name="parts">Their names.</param>
    public static ResultFile Merge(string folder, IEnumerable<string> parts)
    {
        var merged = new ResultFile();
        foreach (string part in parts)
        {
            string path = Path.Combine(folder, part + ".json");
            if (!File.Exists(path))
            {
                merged = merged with { Notes = [.. merged.Notes, $"{part}: no result"] };
                continue;
            }
            var read = Read(path);
            merged = new ResultFile
            {
                Device = merged.Device ?? read.Device,
                Peers = merged.Peers ?? read.Peers,
                Ceilings = merged.Ceilings ?? read.Ceilings,
                Checks = [.. merged.Checks, .. read.Checks],
                Rows = [.. merged.Rows, .. read.Rows],
                Notes = [.. merged.Notes, .. read.Notes],
            };
        }
        return merged;
    }
}
