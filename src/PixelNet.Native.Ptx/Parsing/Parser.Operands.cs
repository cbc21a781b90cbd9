namespace PixelNet.Native.Ptx.Parsing;

/// <summary>Operands: registers, literals, addresses, vectors, predicate pairs, lists.</summary>
internal sealed partial class Parser
{
    private Operand ParseOperand(Scope scope, bool negated)
    {
        var first = SimpleOperand(scope, negated);
        if (!token.Is("|")) return first;
        Take();
        var second = SimpleOperand(scope, negated: false);
        return new Operand(OperandKind.Pair, $"{first.Text}|{second.Text}", first.Line) { Items = [first, second] };
    }

    private Operand SimpleOperand(Scope scope, bool negated)
    {
        var start = token;
        switch (start.Kind)
        {
            case TokenKind.Word:
                Take();
                return Named(scope, start, negated);
            case TokenKind.Integer:
                Take();
                return new Operand(OperandKind.Integer, start.Text, start.Line) { Bits = start.Bits };
            case TokenKind.Single:
                Take();
                return new Operand(OperandKind.Single, start.Text, start.Line) { Bits = start.Bits };
            case TokenKind.Double:
                Take();
                return new Operand(OperandKind.Double, start.Text, start.Line) { Bits = start.Bits };
        }
        if (Accept("-")) return Minus(start);
        if (Accept("~"))
        {
            var literal = Expect(TokenKind.Integer, "an integer");
            return new Operand(OperandKind.Integer, "~" + literal.Text, start.Line) { Bits = ~literal.Bits };
        }
        if (Accept("!")) return SimpleOperand(scope, negated: true);
        if (Accept("[")) return Address(scope, start);
        if (Accept("{")) return Group(scope, start, OperandKind.Vector, "}");
        if (Accept("(")) return Group(scope, start, OperandKind.List, ")");
        throw new PtxException(start.Line, $"expected an operand but found {Shown(start)}.");
    }

    private static Operand Named(Scope scope, Token name, bool negated)
    {
        if (name.Text == "_") return new Operand(OperandKind.Sink, "_", name.Line);
        if (name.Text == "WARP_SZ") return new Operand(OperandKind.Integer, name.Text, name.Line) { Bits = 32 };
        var register = scope.FindRegister(name.Text);
        if (register is not null) return new Operand(OperandKind.Register, name.Text, name.Line) { Register = register, Negated = negated };
        if (scope.FindRegister(name.Text + ".x") is not null)
        {
            var parts = "xyzw".Select(c => scope.FindRegister($"{name.Text}.{c}")).TakeWhile(r => r is not null);
            return new Operand(OperandKind.Vector, name.Text, name.Line)
            {
                Items = [.. parts.Select(r => new Operand(OperandKind.Register, r!.Name, name.Line) { Register = r })],
            };
        }
        if (name.Text[0] == '%' && scope.FindVariable(name.Text) is null) return new Operand(OperandKind.Special, name.Text, name.Line);
        return new Operand(OperandKind.Symbol, name.Text, name.Line) { Symbol = name.Text };
    }

    private Operand Minus(Token start)
    {
        var literal = Take();
        return literal.Kind switch
        {
            TokenKind.Integer => new Operand(OperandKind.Integer, "-" + literal.Text, start.Line) { Bits = 0 - literal.Bits },
            TokenKind.Single => new Operand(OperandKind.Single, "-" + literal.Text, start.Line) { Bits = literal.Bits ^ 0x8000_0000 },
            TokenKind.Double => new Operand(OperandKind.Double, "-" + literal.Text, start.Line) { Bits = literal.Bits ^ (1UL << 63) },
            _ => throw new PtxException(literal.Line, $"expected a number after '-' but found {Shown(literal)}."),
        };
    }

    // [register|symbol|integer {+|- integer}]
    private Operand Address(Scope scope, Token start)
    {
        var place = Take();
        Register? register = null;
        string? symbol = null;
        ulong offset = 0;
        if (place.Kind == TokenKind.Integer) offset = place.Bits;
        else if (place.Kind == TokenKind.Word)
        {
            register = scope.FindRegister(place.Text);
            if (register is null && place.Text[0] == '%' && scope.FindVariable(place.Text) is null)
                throw new PtxException(place.Line, $"register {Shown(place)} is not declared.");
            if (register is null) symbol = place.Text;
        }
        else throw new PtxException(place.Line, $"expected an address but found {Shown(place)}.");
        while (!token.Is("]"))
        {
            bool minus = token.Is("-");
            if (!minus) Expect("+"); else Take();
            offset += minus ? (ulong)-Integer() : (ulong)Integer();
        }
        Take();
        return new Operand(OperandKind.Address, $"[{place.Text}]", start.Line) { Register = register, Symbol = symbol, Bits = offset };
    }

    private Operand Group(Scope scope, Token start, OperandKind kind, string close)
    {
        var items = new List<Operand>();
        while (!token.Is(close))
        {
            if (token.Is("{") || token.Is("(") || items.Count == 64) throw new PtxException(token.Line, "operands are grouped too deeply or too long.");
            items.Add(SimpleOperand(scope, negated: false));
            if (!Accept(",")) break;
        }
        Expect(close);
        return new Operand(kind, kind == OperandKind.Vector ? "{...}" : "(...)", start.Line) { Items = [.. items] };
    }
}
