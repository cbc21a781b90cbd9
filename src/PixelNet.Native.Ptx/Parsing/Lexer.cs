using System.Globalization;

namespace PixelNet.Native.Ptx.Parsing;

/// <summary>
/// PTX text to tokens, one at a time. Names keep their dots (<c>ld.global.nc.v4.f32</c> is one word); comments and white space vanish.
/// Each distinct word is stored once, so a long text costs tokens, not strings.
/// </summary>
internal sealed class Lexer(string text)
{
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> interned =
        new Dictionary<string, string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    private int position;
    private int line = 1;

    public Token Next()
    {
        SkipBlank();
        if (position >= text.Length) return new Token(TokenKind.End, "", 0, line);
        char c = text[position];
        if (IsNameStart(c)) return new Token(TokenKind.Word, Name(position), 0, line);
        if (c == '.' && position + 1 < text.Length && IsNameStart(text[position + 1]))
            return new Token(TokenKind.Directive, Name(position), 0, line);
        if (char.IsAsciiDigit(c)) return Number();
        if (c == '"') return Quoted();
        if (!"{}()[]<>,;:|@!+-=*/&^~?".Contains(c, StringComparison.Ordinal))
            throw new PtxException(line, $"unexpected character U+{(int)c:X4}; this is not PTX text.");
        position++;
        return new Token(TokenKind.Punctuation, Intern(text.AsSpan(position - 1, 1)), 0, line);
    }

    private void SkipBlank()
    {
        while (position < text.Length)
        {
            char c = text[position];
            if (c == '\n') { line++; position++; }
            else if (c is ' ' or '\t' or '\r' or '\f') position++;
            else if (c == '/' && Peek(1) == '/')
            {
                int end = text.IndexOf('\n', position);
                position = end < 0 ? text.Length : end;
            }
            else if (c == '/' && Peek(1) == '*')
            {
                int end = text.IndexOf("*/", position + 2, StringComparison.Ordinal);
                if (end < 0) throw new PtxException(line, "a comment is never closed.");
                line += text.AsSpan(position, end - position).Count('\n');
                position = end + 2;
            }
            else return;
        }
    }

    private char Peek(int ahead) => position + ahead < text.Length ? text[position + ahead] : '\0';

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c is '_' or '$' or '%';

    // A name goes on through ".part" and "::part" (as in .L2::128B), so that an opcode with its modifiers is one token.
    private string Name(int start)
    {
        position = start + 1;
        while (position < text.Length)
        {
            char c = text[position];
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '$') position++;
            else if (c == '.' && (char.IsAsciiLetterOrDigit(Peek(1)) || Peek(1) == '_')) position++;
            else if (c == ':' && Peek(1) == ':') position += 2;
            else break;
        }
        if (position - start > 4096) throw new PtxException(line, "a name is longer than 4096 characters.");
        return Intern(text.AsSpan(start, position - start));
    }

    private string Intern(ReadOnlySpan<char> span)
    {
        if (interned.TryGetValue(span, out var known)) return known;
        string fresh = span.ToString();
        interned[span] = fresh;
        return fresh;
    }

    private Token Quoted()
    {
        int end = position + 1;
        while (end < text.Length && text[end] != '"' && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
        if (end >= text.Length || text[end] != '"') throw new PtxException(line, "a quoted text is never closed.");
        var token = new Token(TokenKind.Text, text[(position + 1)..end], 0, line);
        position = end + 1;
        return token;
    }

    private Token Number()
    {
        int start = position;
        char kind = char.ToLowerInvariant(Peek(1));
        if (text[start] == '0' && kind is 'f' or 'd' && char.IsAsciiHexDigit(Peek(2)))
        {
            int digits = kind == 'f' ? 8 : 16;
            position += 2;
            int from = position;
            while (char.IsAsciiHexDigit(Peek(0))) position++;
            if (position - from != digits) throw Bad(start);
            ulong bits = ulong.Parse(text.AsSpan(from, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            return new Token(kind == 'f' ? TokenKind.Single : TokenKind.Double, text[start..position], bits, line);
        }
        while (char.IsAsciiLetterOrDigit(Peek(0)) || Peek(0) == '.'
            || (Peek(0) is '+' or '-' && kind != 'x' && text[position - 1] is 'e' or 'E')) position++;
        if (position - start > 64) throw Bad(start);
        string word = text[start..position];
        string digitsOnly = word.TrimEnd('U', 'u');
        ulong value;
        if (digitsOnly.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            if (!ulong.TryParse(digitsOnly.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out value)) throw Bad(start);
        }
        else if (digitsOnly.StartsWith("0b", StringComparison.OrdinalIgnoreCase))
        {
            if (!ulong.TryParse(digitsOnly.AsSpan(2), NumberStyles.BinaryNumber, CultureInfo.InvariantCulture, out value)) throw Bad(start);
        }
        else if (word.AsSpan().IndexOfAny('.', 'e', 'E') >= 0)
        {
            if (!double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double d)) throw Bad(start);
            return new Token(TokenKind.Double, word, BitConverter.DoubleToUInt64Bits(d), line);
        }
        else if (digitsOnly.Length > 1 && digitsOnly[0] == '0')
        {
            value = 0;
            foreach (char c in digitsOnly)
            {
                if (c is < '0' or > '7' || value >> 61 != 0) throw Bad(start);
                value = (value << 3) | (uint)(c - '0');
            }
        }
        else if (!ulong.TryParse(digitsOnly, NumberStyles.None, CultureInfo.InvariantCulture, out value)) throw Bad(start);
        return new Token(TokenKind.Integer, word, value, line);
    }

    private PtxException Bad(int start) =>
        new(line, $"'{text.AsSpan(start, Math.Min(24, Math.Max(1, position - start)))}' is not a number.");
}
