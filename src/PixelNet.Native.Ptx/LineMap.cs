using System.Globalization;
using System.Text;

namespace PixelNet.Native.Ptx;

/// <summary>
/// Which line of the <c>.cu</c> source each PTX line comes from. Text form: one <c>PTX-LINE SOURCE-LINE</c> pair a line, ascending; a PTX line
/// without an entry has the source line of the nearest entry above it.
/// </summary>
public sealed class LineMap
{
    private readonly int[] ptxLines;
    private readonly int[] sourceLines;

    private LineMap(List<(int Ptx, int Source)> pairs)
    {
        ptxLines = [.. pairs.Select(p => p.Ptx)];
        sourceLines = [.. pairs.Select(p => p.Source)];
    }

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Lines of two integers; empty lines and lines that start with # are skipped.</param>
    /// <returns>The map.</returns>
    /// <exception cref="PtxException">A line that is no pair of ascending positive integers.</exception>
    public static LineMap Parse(string text)
    {
        var pairs = new List<(int, int)>();
        int number = 0, last = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            var trimmed = line.Trim();
            if (trimmed.IsEmpty || trimmed[0] == '#') continue;
            int space = trimmed.IndexOf(' ');
            if (space < 0 || !int.TryParse(trimmed[..space], NumberStyles.None, CultureInfo.InvariantCulture, out int ptx)
                || !int.TryParse(trimmed[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int source) || ptx <= last)
                throw new PtxException($"line map, line {number}: expected 'PTX-LINE SOURCE-LINE' in ascending order.");
            pairs.Add((ptx, source));
            last = ptx;
        }
        return new LineMap(pairs);
    }

    /// <summary>
    /// The map of a module from a second compilation of the same source with line information (<c>-lineinfo</c>): both hold the same
    /// instructions in the same order.
    /// </summary>
    /// <param name="plain">The module to map.</param>
    /// <param name="withLocations">The same source compiled with <c>.loc</c> directives.</param>
    /// <returns>The map.</returns>
    /// <exception cref="PtxException">The two differ in their instructions.</exception>
    public static LineMap FromLocations(PtxModule plain, PtxModule withLocations)
    {
        var pairs = new List<(int, int)>();
        foreach (var function in plain.Functions.Values.OrderBy(f => f.Line))
        {
            if (function.Body is null) continue;
            var body = function.Body.Where(s => s.Instruction is not null).Select(s => s.Instruction!).ToArray();
            var located = !withLocations.Functions.TryGetValue(function.Name, out var twin) || twin.Body is null ? []
                : twin.Body.Where(s => s.Instruction is not null).Select(s => s.Instruction!).ToArray();
            if (body.Length != located.Length) throw new PtxException(function.Line, $"'{function.Name}' differs from its twin with line information.");
            for (int i = 0; i < body.Length; i++)
            {
                if (body[i].FullName != located[i].FullName)
                    throw new PtxException(body[i].Line, $"'{body[i].FullName}' is '{located[i].FullName}' in the twin with line information.");
                if (pairs.Count > 0 && pairs[^1].Item1 == body[i].Line) continue;
                pairs.Add((body[i].Line, located[i].SourceLine));
            }
        }
        return new LineMap(pairs);
    }

    /// <summary>Source line of a PTX line; 0 if none is known.</summary>
    /// <param name="ptxLine">PTX line from 1.</param>
    public int SourceLine(int ptxLine)
    {
        int index = Array.BinarySearch(ptxLines, ptxLine);
        if (index < 0) index = ~index - 1;
        return index < 0 ? 0 : sourceLines[index];
    }

    /// <summary>The text form that <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (int i = 0; i < ptxLines.Length; i++)
        {
            if (i > 0 && sourceLines[i] == sourceLines[i - 1]) continue;
            text.Append(CultureInfo.InvariantCulture, $"{ptxLines[i]} {sourceLines[i]}\n");
        }
        return text.ToString();
    }
}
