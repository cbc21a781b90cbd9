namespace PixelNet.Native.Ptx.Parsing;

/// <summary>What a <see cref="Token"/> is.</summary>
internal enum TokenKind
{
    /// <summary>A name with its dotted parts: <c>ld.global.f32</c>, <c>%tid.x</c>, <c>$L__BB0_1</c>.</summary>
    Word,
    /// <summary>A dotted name at the start: <c>.visible</c>, <c>.u32</c>.</summary>
    Directive,
    /// <summary>An integer literal; its value is in <see cref="Token.Bits"/>.</summary>
    Integer,
    /// <summary>A decimal floating-point literal or <c>0d</c>: the double's bits.</summary>
    Double,
    /// <summary><c>0f</c>: the single's bits.</summary>
    Single,
    /// <summary>A quoted string, without quotes.</summary>
    Text,
    /// <summary>One character of punctuation.</summary>
    Punctuation,
    /// <summary>The end of the input.</summary>
    End,
}

/// <summary>One token of PTX text.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written.</param>
/// <param name="Bits">Literal's bits.</param>
/// <param name="Line">PTX line from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, ulong Bits, int Line)
{
    public bool Is(string text) => Kind is TokenKind.Punctuation or TokenKind.Directive or TokenKind.Word && Text == text;

    public override string ToString() => Kind == TokenKind.End ? "the end of the text" : $"'{Text}'";
}
