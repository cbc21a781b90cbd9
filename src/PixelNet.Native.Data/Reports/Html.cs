using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace PixelNet.Native.Data.Reports;

/// <summary>
/// A finished piece of HTML. Pieces are made from interpolated strings: what stands in the string is markup, whatever is put into its holes is text and gets
/// escaped, unless it is a piece itself. So no name in a file, folder or configuration can become markup.
/// </summary>
internal sealed class Html
{
    private readonly string _text;

    private Html(string text) => _text = text;

    /// <summary>Nothing.</summary>
    public static Html Empty { get; } = new("");

    /// <summary>Makes a piece; numbers are written as they are everywhere, with a point.</summary>
    public static Html Of(Handler text) => new(text.ToString());

    /// <summary>A style sheet of the program itself, as it is.</summary>
    public static Html Style(string css) => new($"<style>{css}</style>");

    /// <summary>The markup.</summary>
    public override string ToString() => _text;

    /// <summary>Collects an interpolated string.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Handler(int literalLength, int holes)
    {
        private readonly StringBuilder _builder = new(literalLength + 16 * holes);

        public void AppendLiteral(string markup) => _builder.Append(markup);

        public void AppendFormatted(Html piece) => _builder.Append(piece._text);

        public void AppendFormatted(IEnumerable<Html> pieces)
        {
            foreach (var piece in pieces) _builder.Append(piece._text);
        }

        public void AppendFormatted(string? text) => _builder.Append(WebUtility.HtmlEncode(text));

        public void AppendFormatted<T>(T value, string? format = null) where T : IFormattable =>
            _builder.Append(WebUtility.HtmlEncode(value.ToString(format, CultureInfo.InvariantCulture)));

        public override string ToString() => _builder.ToString();
    }
}
