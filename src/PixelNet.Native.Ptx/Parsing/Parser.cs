namespace PixelNet.Native.Ptx.Parsing;

/// <summary>
/// PTX text to functions and variables. Recursive descent over <see cref="Lexer"/>; this part holds the module level,
/// <c>Parser.Declarations.cs</c> the variables, <c>Parser.Body.cs</c> the functions' statements and <c>Parser.Operands.cs</c> their operands.
/// </summary>
internal sealed partial class Parser
{
    /// <summary>Newest <c>.version</c> that is understood.</summary>
    private const int NewestMajor = 7, NewestMinor = 8;

    private const int MostRegisters = 1 << 16;
    private const long MostBytes = 1L << 30;

    private readonly Lexer lexer;
    private Token token;
    private Token ahead;
    private readonly long sourceFile;
    private long declaredBytes;

    public Parser(string text)
    {
        lexer = new Lexer(text);
        sourceFile = SourceFile(text);
        token = lexer.Next();
        ahead = lexer.Next();
    }

    public Scope Module { get; } = new(null);

    public Dictionary<string, PtxFunction> Functions { get; } = new(StringComparer.Ordinal);

    public List<Variable> Variables { get; } = [];

    public string Version { get; private set; } = "";

    public string Target { get; private set; } = "";

    public void Parse()
    {
        if (token.Kind == TokenKind.End) throw new PtxException("The text holds no PTX: it is empty or all comments.");
        if (!token.Is(".version")) throw new PtxException(token.Line, $"PTX begins with .version, but this text begins with {Shown(token)}.");
        while (token.Kind != TokenKind.End) Directive();
        if (Target.Length == 0) throw new PtxException("The PTX names no .target.");
    }

    private void Directive()
    {
        var start = Take();
        switch (start.Text)
        {
            case ".version": ParseVersion(); break;
            case ".target": ParseTarget(); break;
            case ".address_size":
                if (Integer() != 64) throw new PtxException(start.Line, "only .address_size 64 is supported.");
                break;
            case ".file": ParseFile(); break;
            case ".section": SkipSection(); break;
            case ".pragma": Pragma(); break;
            case ".visible" or ".weak" or ".common": Linked(isExtern: false); break;
            case ".extern": Linked(isExtern: true); break;
            default: Definition(start, isExtern: false); break;
        }
    }

    private void Linked(bool isExtern)
    {
        while (token.Is(".visible") || token.Is(".weak")) Take();
        Definition(Take(), isExtern);
    }

    private void Definition(Token start, bool isExtern)
    {
        switch (start.Text)
        {
            case ".entry": Function(start, isEntry: true); break;
            case ".func": Function(start, isEntry: false); break;
            case ".global": ModuleVariables(StateSpace.Global, isExtern); break;
            case ".const": ModuleVariables(StateSpace.Const, isExtern); break;
            case ".shared": ModuleVariables(StateSpace.Shared, isExtern); break;
            default: throw new PtxException(start.Line, $"unknown directive {Shown(start)} at module level.");
        }
    }

    private void ParseVersion()
    {
        var number = Take();
        var parts = number.Text.Split('.');
        if (parts.Length != 2 || !int.TryParse(parts[0], out int major) || !int.TryParse(parts[1], out int minor))
            throw new PtxException(number.Line, $"{Shown(number)} is not a PTX version.");
        if (major > NewestMajor || (major == NewestMajor && minor > NewestMinor))
            throw new PtxException(number.Line, $".version {number.Text} is newer than {NewestMajor}.{NewestMinor}, the newest that is understood; compile with an older toolkit (NVRTC 11.8).");
        Version = number.Text;
    }

    private void ParseTarget()
    {
        var first = Take();
        if (!first.Text.StartsWith("sm_", StringComparison.Ordinal) || !int.TryParse(first.Text.AsSpan(3), out _))
            throw new PtxException(first.Line, $"target {Shown(first)} is not supported; targets are sm_NN.");
        Target = first.Text;
        while (Accept(","))
        {
            var option = Take();
            if (option.Text is not ("debug" or "texmode_unified" or "texmode_independent" or "map_f64_to_f32"))
                throw new PtxException(option.Line, $"unknown target option {Shown(option)}.");
        }
    }

    // .file index "name" [, time, size]
    private void ParseFile()
    {
        Integer();
        Expect(TokenKind.Text, "a file name");
        while (Accept(",")) Integer();
    }

    // The .file directives may stand behind everything else: the .cu among them is the source, the others are headers.
    private static long SourceFile(string text)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            var trimmed = line.Trim();
            if (!trimmed.StartsWith(".file", StringComparison.Ordinal) || !trimmed.TrimEnd('"').EndsWith(".cu", StringComparison.Ordinal)) continue;
            var number = trimmed[5..].TrimStart();
            int end = number.IndexOfAnyExceptInRange('0', '9');
            if (end > 0 && long.TryParse(number[..end], out long index)) return index;
        }
        return 1;
    }

    // Debug sections carry nothing that the emulator needs.
    private void SkipSection()
    {
        var start = Take();
        Expect("{");
        while (!token.Is("}"))
        {
            if (token.Kind == TokenKind.End) throw new PtxException(start.Line, "a .section is never closed.");
            Take();
        }
        Take();
    }

    private void Pragma()
    {
        do Expect(TokenKind.Text, "a pragma's text");
        while (Accept(","));
        Expect(";");
    }

    private Token Take()
    {
        var current = token;
        token = ahead;
        ahead = lexer.Next();
        return current;
    }

    private bool Accept(string text)
    {
        if (!token.Is(text)) return false;
        Take();
        return true;
    }

    private Token Expect(string text)
    {
        if (!token.Is(text)) throw new PtxException(token.Line, $"expected '{text}' but found {Shown(token)}.");
        return Take();
    }

    private Token Expect(TokenKind kind, string what)
    {
        if (token.Kind != kind) throw new PtxException(token.Line, $"expected {what} but found {Shown(token)}.");
        return Take();
    }

    private long Integer()
    {
        bool negative = Accept("-");
        long value = unchecked((long)Expect(TokenKind.Integer, "an integer").Bits);
        return negative ? -value : value;
    }

    private static string Shown(Token token)
    {
        string text = token.Text.Length > 40 ? token.Text[..40] + "..." : token.Text;
        return token.Kind == TokenKind.End ? "the end of the text" : $"'{text}'";
    }
}
