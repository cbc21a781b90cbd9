namespace PixelNet.Native.Data.Presets;

/// <summary>Finds what somebody may have meant.</summary>
public static class Suggestion
{
    /// <summary>The candidate nearest to <paramref name="word"/>, as " (did you mean 'x'?)", or nothing where none is near.</summary>
    public static string For(string word, IEnumerable<string> candidates)
    {
        var (nearest, distance) = candidates.Select(c => (c, Distance(word, c))).DefaultIfEmpty(("", int.MaxValue)).MinBy(p => p.Item2);
        return distance <= Math.Max(2, word.Length / 3) ? $" (did you mean '{nearest}'?)" : "";
    }

    /// <summary>Edits (insert, delete, replace, swap neighbours) between two words.</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) d[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) d[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = a[i - 1] == b[j - 1] ? 0 : 1;
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        return d[a.Length, b.Length];
    }
}
