namespace PixelNet.Native;

/// <summary>Text that a file brought along and that goes into a message or onto a terminal: on one line, without control characters, not too long.</summary>
public static class ForeignText
{
    /// <summary>The text with control characters as '?', cut behind <paramref name="most"/> characters.</summary>
    public static string Shorten(string text, int most = 80)
    {
        string start = text.Length <= most ? text : text[..most] + "…";
        return start.Any(IsUnprintable) ? string.Concat(start.Select(letter => IsUnprintable(letter) ? '?' : letter)) : start;
    }

    // Line and paragraph separators, and the marks that turn the direction of what follows.
    private static bool IsUnprintable(char letter) => char.IsControl(letter) || letter is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
