using System.CommandLine;
using System.Globalization;

namespace PixelNet.Native.Cli;

/// <summary>Bytes as they are typed: <c>8GB</c>, <c>7.5GiB</c>, <c>800MB</c>; GB = 10^9, GiB = 2^30.</summary>
internal static class MemorySize
{
    private static readonly (string Unit, double Bytes)[] Units =
        [("kib", 1L << 10), ("mib", 1L << 20), ("gib", 1L << 30), ("tib", 1L << 40), ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("tb", 1e12), ("b", 1)];

    /// <summary><c>--memory</c> of a prediction.</summary>
    public static Option<string?> Option() => new("--memory")
    {
        Description = "Most memory that the program may take, such as 1GB, 512MB or 1.5GiB: large images go through in bands. It changes no byte of the result. Default: what the machine has",
    };

    /// <summary>The value of <see cref="Option"/>; null where nothing was said.</summary>
    public static long? Parse(string? text) => text is null ? null : Parse("--memory", text);

    public static long Parse(string option, string text)
    {
        string lower = text.Trim().ToLowerInvariant();
        foreach (var (unit, bytes) in Units)
            if (lower.EndsWith(unit, StringComparison.Ordinal)
                && double.TryParse(lower[..^unit.Length].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) && number * bytes is >= 1 and <= 1e15)
                return (long)(number * bytes);
        throw new WrongCallException($"{option} {text} is no amount of memory; write a number with its unit, such as 8GB, 7.5GiB or 800MB");
    }
}
