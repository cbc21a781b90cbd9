using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>Every opcode that is known and who translates it. An opcode that is not here, or a modifier that its family does not take, is an error.</summary>
internal static class InstructionTable
{
    public static readonly Dictionary<string, Action<Translator>> Handlers = new(StringComparer.Ordinal)
    {
        ["add"] = t => Arithmetic(t, "add"),
        ["sub"] = t => Arithmetic(t, "sub"),
        ["mul"] = t => Arithmetic(t, "mul"),
        ["mad"] = t => Arithmetic(t, "mad"),
        ["fma"] = t => Arithmetic(t, "fma"),
        ["div"] = t => Arithmetic(t, "div"),
        ["rem"] = t => IntegerArithmetic.TranslateDivRem(t, t.Type(), isRemainder: true),
        ["min"] = t => Arithmetic(t, "min"),
        ["max"] = t => Arithmetic(t, "max"),
        ["neg"] = t => Arithmetic(t, "neg"),
        ["abs"] = t => Arithmetic(t, "abs"),
        ["sad"] = IntegerArithmetic.TranslateSad,
        ["addc"] = Carry.TranslateAddSub,
        ["subc"] = Carry.TranslateAddSub,
        ["madc"] = t => Carry.TranslateMad(t, readsCarry: true),
        ["mul24"] = t => IntegerMultiply.TranslateMul24(t, adds: false),
        ["mad24"] = t => IntegerMultiply.TranslateMul24(t, adds: true),
        ["dp4a"] = DotProduct.Translate,
        ["dp2a"] = DotProduct.Translate,
        ["rcp"] = t => Division(t, "rcp"),
        ["sqrt"] = t => Division(t, "sqrt"),
        ["rsqrt"] = Transcendental.Translate,
        ["ex2"] = Transcendental.Translate,
        ["lg2"] = Transcendental.Translate,
        ["sin"] = Transcendental.Translate,
        ["cos"] = Transcendental.Translate,
        ["tanh"] = Transcendental.Translate,
        ["copysign"] = Transcendental.TranslateCopySign,
        ["testp"] = Transcendental.TranslateTest,
        ["and"] = Bitwise.TranslateAnd,
        ["or"] = Bitwise.TranslateOr,
        ["xor"] = Bitwise.TranslateXor,
        ["not"] = Bitwise.TranslateNot,
        ["cnot"] = Bitwise.TranslateCNot,
        ["lop3"] = Bitwise.TranslateLop3,
        ["shl"] = Shifts.TranslateLeft,
        ["shr"] = Shifts.TranslateRight,
        ["shf"] = Shifts.TranslateFunnel,
        ["popc"] = BitFields.TranslateCount,
        ["clz"] = BitFields.TranslateCount,
        ["bfind"] = BitFields.TranslateFind,
        ["brev"] = BitFields.TranslateReverse,
        ["bfe"] = BitFields.TranslateExtract,
        ["bfi"] = BitFields.TranslateInsert,
        ["prmt"] = BitFields.TranslatePermute,
        ["fns"] = BitFields.TranslateFindNth,
        ["setp"] = Comparison.TranslateSetp,
        ["set"] = Comparison.TranslateSet,
        ["selp"] = Selection.TranslateSelp,
        ["slct"] = Selection.TranslateSlct,
        ["mov"] = Moves.TranslateMov,
        ["cvta"] = Moves.TranslateCvta,
        ["isspacep"] = Moves.TranslateIsSpace,
        ["activemask"] = Moves.TranslateActiveMask,
        ["cvt"] = Convert.Translate,
        ["ld"] = LoadStore.TranslateLoad,
        ["ldu"] = LoadStore.TranslateLoad,
        ["st"] = LoadStore.TranslateStore,
        ["atom"] = Atomics.Translate,
        ["red"] = Atomics.Translate,
        ["bar"] = Barriers.Translate,
        ["barrier"] = Barriers.Translate,
        ["shfl"] = WarpCollectives.TranslateShuffle,
        ["vote"] = WarpCollectives.TranslateVote,
        ["match"] = WarpCollectives.TranslateMatch,
        ["redux"] = WarpCollectives.TranslateRedux,
        ["cp"] = AsyncCopies.Translate,
        ["ldmatrix"] = Matrix.TranslateLoad,
        ["stmatrix"] = Matrix.TranslateStore,
        ["movmatrix"] = Matrix.TranslateMove,
        ["mma"] = MatrixMultiply.Translate,
        ["bra"] = ControlFlow.TranslateBranch,
        ["brx"] = ControlFlow.TranslateIndexed,
        ["call"] = Calls.Translate,
        ["ret"] = ControlFlow.TranslateReturn,
        ["exit"] = ControlFlow.TranslateExit,
        ["trap"] = ControlFlow.TranslateTrap,
        ["brkpt"] = ControlFlow.TranslateTrap,
        ["membar"] = ControlFlow.TranslateNothing,
        ["fence"] = ControlFlow.TranslateNothing,
        ["nanosleep"] = ControlFlow.TranslateNothing,
        ["prefetch"] = ControlFlow.TranslateHint,
        ["prefetchu"] = ControlFlow.TranslateHint,
        ["discard"] = ControlFlow.TranslateHint,
        ["applypriority"] = ControlFlow.TranslateHint,
    };

    private static bool IsHalf(PtxType type) => type is PtxType.F16 or PtxType.F16X2 or PtxType.BF16 or PtxType.BF16X2;

    // The operations that exist for integers and floats choose by type, which stands after the other modifiers.
    private static void Arithmetic(Translator t, string name)
    {
        if (name == "mad" && Array.IndexOf(t.Instruction.Modifiers, "cc") >= 0)
        {
            Carry.TranslateMad(t, readsCarry: false);
            return;
        }
        var type = t.Type();
        if (IsHalf(type)) HalfPrecision.Translate(t, name, type);
        else if (type == PtxType.F64) Float64.Translate(t, name);
        else if (type == PtxType.F32)
        {
            switch (name)
            {
                case "div": Float32.TranslateDivision(t, name); break;
                case "min" or "max": Float32.TranslateMinMax(t, name == "max"); break;
                case "neg" or "abs": Float32.TranslateNegAbs(t, name == "neg"); break;
                default: Float32.Translate(t, name); break;
            }
        }
        else Integer(t, name, type);
    }

    private static void Integer(Translator t, string name, PtxType type)
    {
        switch (name)
        {
            case "add": IntegerArithmetic.TranslateAdd(t, type); break;
            case "sub": IntegerArithmetic.TranslateSub(t, type); break;
            case "mul": IntegerMultiply.Translate(t, type, adds: false); break;
            case "mad": IntegerMultiply.Translate(t, type, adds: true); break;
            case "div": IntegerArithmetic.TranslateDivRem(t, type, isRemainder: false); break;
            case "min" or "max": IntegerArithmetic.TranslateMinMax(t, type, name == "max"); break;
            case "neg": IntegerArithmetic.TranslateNeg(t, type); break;
            case "abs": IntegerArithmetic.TranslateAbs(t, type); break;
            default: throw t.Fail($"type .{type.Name()} is not possible here");
        }
    }

    private static void Division(Translator t, string name)
    {
        var type = t.Type(PtxType.F32, PtxType.F64);
        if (type == PtxType.F64) Float64.Translate(t, name);
        else Float32.TranslateDivision(t, name);
    }
}
