using System.Globalization;
using System.Text;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Model;

/// <summary>A memory plan for people: bytes by kind, the largest tensors of each, and the sum, before anything is allocated.</summary>
public static class MemoryTable
{
    private const int Largest = 3;

    /// <summary>The table, one line a kind.</summary>
    public static string Of(MemoryPlan plan)
    {
        var text = new StringBuilder();
        foreach (var kind in Enum.GetValues<MemoryKind>())
        {
            if (plan.BytesOf(kind) == 0) continue;
            var largest = plan.Entries.Where(entry => entry.Kind == kind).Select(entry => entry.Tensor).OrderByDescending(tensor => tensor.ByteLength).Take(Largest);
            text.Append(CultureInfo.InvariantCulture, $"{kind,-20}{MiB(plan.BytesOf(kind)),14}  ")
                .AppendLine(string.Join(", ", largest.Select(tensor => $"{tensor.Name} {tensor.Shape}")));
        }
        return text.Append(CultureInfo.InvariantCulture, $"{"all",-20}{MiB(plan.TotalBytes),14}").AppendLine().ToString();
    }

    /// <summary>Bytes as mebibytes, such as <c>197.7 MiB</c>.</summary>
    public static string MiB(long bytes) => (bytes / (1024.0 * 1024.0)).ToString("F1", CultureInfo.InvariantCulture) + " MiB";
}
