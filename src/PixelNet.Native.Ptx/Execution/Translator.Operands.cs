using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>
/// Operands to rows of the register file. Literals and special registers are rows too, so an op sees nothing but rows; each distinct one has a single row.
/// </summary>
internal sealed unsafe partial class Translator
{
    private readonly Dictionary<Register, int> rows = [];
    private readonly Dictionary<(int LaneBytes, ulong Bits), int> constants = [];
    private readonly Dictionary<SpecialRow, int> specials = [];
    private readonly int scratch;

    /// <summary>Byte distance of lanes in the row of a type.</summary>
    public static int LaneBytes(PtxType type) => type == PtxType.Pred ? 0 : type.Size() == 8 ? 8 : 4;

    /// <summary>A fresh row; 0 lane bytes: a predicate.</summary>
    public int NewRow(int laneBytes)
    {
        int row = program.RegisterBytes;
        program.RegisterBytes += laneBytes == 0 ? 64 : 32 * laneBytes;
        if (program.RegisterBytes > 1 << 26) throw Fail("the kernel uses too many registers");
        return row;
    }

    public int RowOf(Register register)
    {
        if (!rows.TryGetValue(register, out int row)) rows[register] = row = NewRow(LaneBytes(register.Type));
        return row;
    }

    public int Constant(int laneBytes, ulong bits)
    {
        if (!constants.TryGetValue((laneBytes, bits), out int row))
        {
            constants[(laneBytes, bits)] = row = NewRow(laneBytes);
            program.Constants.Add((row, laneBytes, bits));
        }
        return row;
    }

    public void Count(int least, int most = 0)
    {
        int n = instruction.Operands.Length;
        if (n < least || n > Math.Max(least, most)) throw Fail($"it has {n} operands, expected {(most > least ? $"{least} to {most}" : least)}");
    }

    public Operand Operand(int index) =>
        index < instruction.Operands.Length ? instruction.Operands[index] : throw Fail($"operand {index + 1} is missing");

    /// <summary>Row of a destination register of a type's size.</summary>
    public int Dst(int index, PtxType type) => Dst(Operand(index), type);

    public int Dst(Operand operand, PtxType type)
    {
        if (operand.Kind == OperandKind.Sink) return scratch;
        return RowOf(Checked(operand, type));
    }

    /// <summary>Row of a source: register, literal or special register of a type's size.</summary>
    public int Src(int index, PtxType type) => Src(Operand(index), type);

    public int Src(Operand operand, PtxType type)
    {
        switch (operand.Kind)
        {
            case OperandKind.Register:
                if (operand.Negated) throw Fail("only predicates can be negated by '!'");
                return RowOf(Checked(operand, type));
            case OperandKind.Special:
                return Special(operand.Text);
            case OperandKind.Symbol:
                return Constant(LaneBytes(type), AddressOf(operand.Symbol!));
            default:
                return Constant(LaneBytes(type), Literal(operand, type));
        }
    }

    /// <summary>Row and lane distance of a register that may be wider than the instruction's type (ld, st, cvt).</summary>
    public (int Row, int Stride) Wide(int index, PtxType type, bool isDestination)
    {
        var operand = Operand(index);
        return Wide(operand, type, isDestination);
    }

    public (int Row, int Stride) Wide(Operand operand, PtxType type, bool isDestination)
    {
        if (operand.Kind == OperandKind.Sink && isDestination) return (scratch, 8);
        if (operand.Kind != OperandKind.Register) return isDestination ? throw Fail($"'{operand.Text}' is no register") : (Src(operand, type), LaneBytes(type));
        var register = operand.Register!;
        if (register.Type == PtxType.Pred || register.Type.Size() < type.Size()) throw Fail($"register '{register.Name}' of type .{register.Type.Name()} is too narrow for .{type.Name()}");
        return (RowOf(register), LaneBytes(register.Type));
    }

    /// <summary>Row of a predicate source; a negated one is negated into a fresh row first.</summary>
    public int Pred(Operand operand)
    {
        if (operand.Kind == OperandKind.Integer) return Constant(0, operand.Bits != 0 ? uint.MaxValue : 0);
        if (operand.Kind != OperandKind.Register || operand.Register!.Type != PtxType.Pred) throw Fail($"'{operand.Text}' is no predicate");
        int row = RowOf(operand.Register);
        if (!operand.Negated) return row;
        int negated = NewRow(0);
        Unguarded(&Instructions.Predicates.Not, negated, row);
        return negated;
    }

    public int PredDst(Operand operand)
    {
        if (operand.Kind == OperandKind.Sink) return scratch;
        if (operand.Kind != OperandKind.Register || operand.Register!.Type != PtxType.Pred) throw Fail($"'{operand.Text}' is no predicate register");
        return RowOf(operand.Register);
    }

    /// <summary>An integer literal that the instruction needs at translation (barrier numbers, sizes, lookup tables).</summary>
    public long Immediate(int index, long least, long most)
    {
        var operand = Operand(index);
        if (operand.Kind != OperandKind.Integer) throw Fail($"operand {index + 1} must be a literal");
        long value = (long)operand.Bits;
        if (value < least || value > most) throw Fail($"operand {index + 1} is {value}, expected {least} to {most}");
        return value;
    }

    private Register Checked(Operand operand, PtxType type)
    {
        if (operand.Kind != OperandKind.Register) throw Fail($"'{operand.Text}' is no register");
        var register = operand.Register!;
        bool fits = type == PtxType.Pred || register.Type == PtxType.Pred ? type == register.Type : register.Type.Size() == type.Size();
        if (!fits) throw Fail($"register '{register.Name}' has type .{register.Type.Name()}, the instruction .{type.Name()}");
        return register;
    }

    private ulong Literal(Operand operand, PtxType type)
    {
        ulong bits = operand.Bits;
        switch (operand.Kind)
        {
            case OperandKind.Integer:
                if (type == PtxType.F32) bits = BitConverter.SingleToUInt32Bits((long)bits);
                else if (type == PtxType.F64) bits = BitConverter.DoubleToUInt64Bits((long)bits);
                break;
            case OperandKind.Single:
                if (type == PtxType.F64) bits = BitConverter.DoubleToUInt64Bits(BitConverter.UInt32BitsToSingle((uint)bits));
                break;
            case OperandKind.Double:
                double value = BitConverter.UInt64BitsToDouble(bits);
                if (type is PtxType.F32 || (type.Size() == 4 && type.IsFloat())) bits = BitConverter.SingleToUInt32Bits((float)value);
                else if (type == PtxType.F16) bits = BitConverter.HalfToUInt16Bits((Half)value);
                break;
            default: throw Fail($"'{operand.Text}' cannot be used here");
        }
        return type.Size() switch { 1 => (byte)bits, 2 => (ushort)bits, 4 => (uint)bits, _ => bits };
    }

    private int Special(string name)
    {
        string plain = name[1..].Replace("_", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal);
        if (!Enum.TryParse<SpecialRow>(plain, ignoreCase: true, out var register) || char.IsAsciiDigit(plain[0]))
            throw Fail($"special register '{name}' is unknown");
        if (!specials.TryGetValue(register, out int row))
        {
            specials[register] = row = NewRow(8);
            program.Specials.Add((row, register));
        }
        return row;
    }
}
