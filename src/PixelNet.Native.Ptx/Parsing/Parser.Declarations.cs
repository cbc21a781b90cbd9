using System.Buffers.Binary;

namespace PixelNet.Native.Ptx.Parsing;

/// <summary>Variables, registers and parameters with their alignment, dimensions and initial values.</summary>
internal sealed partial class Parser
{
    private void ModuleVariables(StateSpace space, bool isExtern)
    {
        foreach (var variable in VariableList(space, isExtern))
        {
            if (!Module.Add(variable)) throw new PtxException(variable.Line, $"'{variable.Name}' is declared twice.");
            Variables.Add(variable);
        }
    }

    // [.align N] [.vK] .type name[dim]... [= initial] {, name ...} ;
    private List<Variable> VariableList(StateSpace space, bool isExtern)
    {
        var list = new List<Variable>();
        var (type, alignment, width) = TypeAndAlignment();
        do
        {
            var variable = Declarator(space, type, alignment, width);
            variable.IsExtern = isExtern;
            if (Accept("=")) variable.Initial = Initializer(variable);
            list.Add(variable);
        }
        while (Accept(","));
        Expect(";");
        return list;
    }

    private (PtxType Type, int Alignment, int Width) TypeAndAlignment()
    {
        int alignment = 0, width = 1;
        while (true)
        {
            var directive = Expect(TokenKind.Directive, "a type");
            switch (directive.Text)
            {
                case ".align": alignment = Alignment(); break;
                case ".v2": width = 2; break;
                case ".v4": width = 4; break;
                case ".ptr" or ".global" or ".const" or ".shared" or ".local": break;
                default:
                    if (!PtxTypes.TryParse(directive.Text[1..], out var type))
                        throw new PtxException(directive.Line, $"unknown type or directive {Shown(directive)} in a declaration.");
                    return (type, alignment, width);
            }
        }
    }

    private int Alignment()
    {
        int line = token.Line;
        long value = Integer();
        if (value is < 1 or > 4096 || (value & (value - 1)) != 0) throw new PtxException(line, $"alignment {value} is not a power of two up to 4096.");
        return (int)value;
    }

    private Variable Declarator(StateSpace space, PtxType type, int alignment, int width)
    {
        var name = Expect(TokenKind.Word, "a variable's name");
        if (type == PtxType.Pred) throw new PtxException(name.Line, "a predicate cannot be in memory.");
        var variable = new Variable(space, type, name.Text, name.Line);
        long bytes = (long)type.Size() * width;
        variable.Alignment = Math.Max(alignment, alignment == 0 ? (int)bytes : 1);
        while (Accept("["))
        {
            if (token.Is("]")) variable.IsUnsized = true;
            else
            {
                long length = Integer();
                if (length < 0 || bytes * Math.Max(length, 1) > MostBytes)
                    throw new PtxException(name.Line, $"'{name.Text}' is larger than {MostBytes >> 20} MiB.");
                bytes *= length;
            }
            Expect("]");
        }
        variable.Bytes = variable.IsUnsized ? 0 : bytes;
        declaredBytes += variable.Bytes;
        if (declaredBytes > MostBytes) throw new PtxException(name.Line, $"the variables take more than {MostBytes >> 20} MiB together.");
        return variable;
    }

    private byte[] Initializer(Variable variable)
    {
        var bytes = new List<byte>();
        InitialValues(variable, bytes, 0);
        if (variable.IsUnsized)
        {
            variable.IsUnsized = false;
            variable.Bytes = bytes.Count;
        }
        if (bytes.Count > variable.Bytes) throw new PtxException(variable.Line, $"'{variable.Name}' has more initial values than elements.");
        return [.. bytes];
    }

    private void InitialValues(Variable variable, List<byte> bytes, int depth)
    {
        if (depth > 16) throw new PtxException(token.Line, "initial values are nested too deeply.");
        if (!Accept("{"))
        {
            InitialValue(variable, bytes);
            return;
        }
        while (!token.Is("}"))
        {
            InitialValues(variable, bytes, depth + 1);
            if (!Accept(",")) break;
        }
        Expect("}");
    }

    private void InitialValue(Variable variable, List<byte> bytes)
    {
        int size = variable.Type.Size();
        if (bytes.Count + size > MostBytes) throw new PtxException(token.Line, "too many initial values.");
        Span<byte> raw = stackalloc byte[8];
        if (token.Kind == TokenKind.Word)
        {
            var symbol = Take();
            bool wrapped = symbol.Text == "generic" && Accept("(");
            if (wrapped) symbol = Expect(TokenKind.Word, "a variable's name");
            if (wrapped) Expect(")");
            long addend = Accept("+") ? Integer() : 0;
            if (size != 8) throw new PtxException(symbol.Line, "an address needs a 64-bit element.");
            variable.Relocations.Add((bytes.Count, symbol.Text, addend));
            raw.Clear();
        }
        else
        {
            bool negative = Accept("-");
            var literal = Take();
            ulong bits = literal.Kind switch
            {
                TokenKind.Integer => negative ? 0 - literal.Bits : literal.Bits,
                TokenKind.Single => literal.Bits ^ (negative ? 0x8000_0000u : 0),
                TokenKind.Double when variable.Type == PtxType.F32 =>
                    BitConverter.SingleToUInt32Bits((float)(negative ? -1 : 1) * (float)BitConverter.UInt64BitsToDouble(literal.Bits)),
                TokenKind.Double => literal.Bits ^ (negative ? 1UL << 63 : 0),
                _ => throw new PtxException(literal.Line, $"expected an initial value but found {Shown(literal)}."),
            };
            BinaryPrimitives.WriteUInt64LittleEndian(raw, bits);
        }
        foreach (byte b in raw[..size]) bytes.Add(b);
    }

    private void Registers(Scope scope)
    {
        var (type, _, width) = TypeAndAlignment();
        do
        {
            var name = Expect(TokenKind.Word, "a register's name");
            bool fresh = true;
            if (Accept("<"))
            {
                long count = Integer();
                Expect(">");
                if (count is < 0 or > MostRegisters) throw new PtxException(name.Line, $"{count} registers '{name.Text}' are more than {MostRegisters}.");
                fresh = scope.AddRange(name.Text, type, (int)count);
            }
            else if (width == 1) fresh = scope.Add(new Register(type, name.Text));
            else
            {
                foreach (char part in "xyzw"[..width]) fresh &= scope.Add(new Register(type, $"{name.Text}.{part}"));
            }
            if (!fresh) throw new PtxException(name.Line, $"register '{name.Text}' is declared twice.");
        }
        while (Accept(","));
        Expect(";");
    }

    // ( .param .u64 name, .reg .b32 name, ... )
    private void Parameters(Scope scope, List<object> into)
    {
        Expect("(");
        while (!token.Is(")"))
        {
            var space = Take();
            if (space.Text is not (".param" or ".reg")) throw new PtxException(space.Line, $"expected .param but found {Shown(space)}.");
            var (type, alignment, width) = TypeAndAlignment();
            bool fresh;
            if (space.Text == ".param")
            {
                var variable = Declarator(StateSpace.Param, type, alignment, width);
                into.Add(variable);
                fresh = scope.Add(variable);
            }
            else
            {
                var register = new Register(type, Expect(TokenKind.Word, "a register's name").Text);
                into.Add(register);
                fresh = scope.Add(register);
            }
            if (!fresh) throw new PtxException(space.Line, "a parameter is declared twice.");
            if (!Accept(",")) break;
        }
        Expect(")");
    }
}
