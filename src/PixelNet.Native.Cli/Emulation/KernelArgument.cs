using System.Globalization;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Cli.Emulation;

/// <summary>How a kernel parameter gets its value.</summary>
internal enum ArgumentKind
{
    /// <summary>A file uploaded to device memory.</summary>
    In,
    /// <summary>Device memory without content, written to a file afterwards.</summary>
    Out,
    /// <summary>A file uploaded, and what the kernel made of it written back.</summary>
    InOut,
    /// <summary>A number.</summary>
    Value,
    /// <summary>The bytes of a structure passed by value.</summary>
    Bytes,
}

/// <summary>
/// One <c>--arg</c> of <c>pixelnet emulate</c>: <c>in:f32:FILE</c>, <c>out:f32:COUNT:FILE</c>, <c>inout:f32:FILE[:OUTFILE]</c>, <c>val:s32:5</c>, <c>bytes:HEX</c> or
/// <c>bytes:@FILE</c>. File names may hold colons (<c>C:\x.bin</c>). Files are raw little-endian numbers.
/// </summary>
/// <param name="Text">As written.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Type">Element type of memory or of the number.</param>
/// <param name="Count">Elements of <c>out</c>.</param>
/// <param name="Input">File that is uploaded.</param>
/// <param name="Output">File that is written.</param>
/// <param name="Content">Little-endian bytes of a number or a structure.</param>
internal sealed record KernelArgument(string Text, ArgumentKind Kind, PtxType Type, long Count, string? Input, string? Output, byte[] Content)
{
    private const string Forms = "in:TYPE:FILE, out:TYPE:COUNT:FILE, inout:TYPE:FILE[:OUTFILE], val:TYPE:NUMBER, bytes:HEX or bytes:@FILE";

    private static readonly PtxType[] Types =
    [
        PtxType.U8, PtxType.S8, PtxType.U16, PtxType.S16, PtxType.B16, PtxType.F16, PtxType.BF16, PtxType.U32, PtxType.S32, PtxType.B32, PtxType.F32,
        PtxType.U64, PtxType.S64, PtxType.B64, PtxType.F64,
    ];

    /// <summary>Reads an argument.</summary>
    /// <param name="text">As written.</param>
    /// <param name="isWindows">Whether <c>C:/x</c> is a path with a drive rather than two names.</param>
    /// <exception cref="FormatException">It has none of the forms; the message says what is wrong.</exception>
    public static KernelArgument Parse(string text, bool isWindows)
    {
        var (kind, rest) = Cut(text);
        if (kind == "bytes") return new KernelArgument(text, ArgumentKind.Bytes, PtxType.B8, 0, rest.StartsWith('@') ? rest[1..] : null, null, rest.StartsWith('@') ? [] : Hex(rest));
        if (kind is not ("in" or "out" or "inout" or "val")) throw new FormatException($"is none of {Forms}");
        var (name, value) = Cut(rest);
        if (!PtxTypes.TryParse(name, out var type) || !Types.Contains(type))
            throw new FormatException($"has the type '{name}', expected one of {string.Join(' ', Types.Select(t => t.Name()))}");
        if (value.Length == 0) throw new FormatException($"ends too early, expected {Forms}");
        switch (kind)
        {
            case "in": return new KernelArgument(text, ArgumentKind.In, type, 0, value, null, []);
            case "val": return new KernelArgument(text, ArgumentKind.Value, type, 0, null, null, Number(type, value));
            case "inout":
                var (from, to) = TwoFiles(value, isWindows);
                return new KernelArgument(text, ArgumentKind.InOut, type, 0, from, to, []);
            default:
                var (count, file) = Cut(value);
                if (!long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out long elements) || elements > long.MaxValue / 8)
                    throw new FormatException($"has '{count}' where the number of elements is expected");
                if (file.Length == 0) throw new FormatException("names no file after the number of elements");
                return new KernelArgument(text, ArgumentKind.Out, type, elements, null, file, []);
        }
    }

    private static (string First, string Behind) Cut(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
    }

    // The colon of a drive ("C:\", on Windows also "C:/") separates nothing; a file that exists under the whole name is that file.
    private static (string From, string To) TwoFiles(string value, bool isWindows)
    {
        if (File.Exists(value)) return (value, value);
        int start = IsDrive(value, 0, isWindows) ? 2 : 0, colon = value.IndexOf(':', start);
        if (colon < 0) return (value, value);
        if (colon == value.Length - 1) throw new FormatException("names no second file after the last colon");
        return (value[..colon], value[(colon + 1)..]);
    }

    private static bool IsDrive(string path, int at, bool isWindows) =>
        path.Length > at + 2 && char.IsAsciiLetter(path[at]) && path[at + 1] == ':' && (path[at + 2] == '\\' || (isWindows && path[at + 2] == '/'));

    private static byte[] Hex(string digits)
    {
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) digits = digits[2..];
        if (digits.Length == 0 || digits.Length % 2 != 0 || !digits.All(char.IsAsciiHexDigit)) throw new FormatException("is no even number of hexadecimal digits, two a byte in memory order");
        return System.Convert.FromHexString(digits);
    }

    private static byte[] Number(PtxType type, string text) => type.IsFloat() ? Float(type, text) : Integer(type, text);

    private static byte[] Float(PtxType type, string text)
    {
        if (text.TrimStart('-', '+').Equals("inf", StringComparison.OrdinalIgnoreCase)) text += "inity";
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)) throw new FormatException($"has '{text}' where a number is expected");
        // Parsed to each precision from the text, not rounded twice.
        float single = float.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return type switch
        {
            PtxType.F64 => BitConverter.GetBytes(value),
            PtxType.F32 => BitConverter.GetBytes(single),
            PtxType.F16 => BitConverter.GetBytes(Half.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)),
            _ => BitConverter.GetBytes(Bf16(single)),
        };
    }

    // Nearest even; a NaN stays one.
    private static ushort Bf16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)(float.IsNaN(value) ? 0x7FFF : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    // Hexadecimal digits are a bit pattern in every type; untyped bits take signed and unsigned numbers.
    private static byte[] Integer(PtxType type, string text)
    {
        int bits = 8 * type.Size();
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        Int128 value;
        bool isNumber = isHex ? Int128.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
        if (!isNumber) throw new FormatException($"has '{text}' where a whole number is expected");
        bool isUnsigned = type is PtxType.U8 or PtxType.U16 or PtxType.U32 or PtxType.U64;
        var least = isUnsigned || isHex ? 0 : -(Int128.One << (bits - 1));
        var most = (Int128.One << (type.IsSigned() && !isHex ? bits - 1 : bits)) - 1;
        if (value < least || value > most) throw new FormatException($"has {text}, which .{type.Name()} does not hold: it goes from {least} to {most}");
        return BitConverter.GetBytes((ulong)(UInt128)value)[..type.Size()];
    }
}
