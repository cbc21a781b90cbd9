using System.Numerics;
using PixelNet.Native.Ptx.Parsing;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Ptx.Execution.Instructions;

/// <summary>
/// <c>call</c> (PTX ISA 7.8, section 9.7.11.3): the arguments are copied to the callee's parameters, its body follows in place, and the results
/// are copied back. <c>vprintf</c> and <c>__assertfail</c>, which CUDA provides, are built in.
/// </summary>
internal static unsafe class Calls
{
    public static void Translate(Translator t)
    {
        t.Accept("uni");
        var operands = t.Instruction.Operands;
        int at = operands.Length > 0 && operands[0].Kind == OperandKind.List ? 1 : 0;
        if (at >= operands.Length || operands[at].Symbol is not { } name) throw t.Fail("calls through a register are not supported");
        if (!t.Module.Functions.TryGetValue(name, out var function)) throw t.Fail($"function '{name}' is not declared");
        Operand[] results = at == 1 ? operands[0].Items : [];
        Operand[] arguments = operands.Length > at + 1 && operands[at + 1].Kind == OperandKind.List ? operands[at + 1].Items : [];
        if (function.Body is null)
        {
            BuiltIn(t, name, results);
            return;
        }
        if (arguments.Length != function.Inputs.Count) throw t.Fail($"'{name}' takes {function.Inputs.Count} arguments, not {arguments.Length}");
        if (results.Length != function.Outputs.Count) throw t.Fail($"'{name}' gives {function.Outputs.Count} results, not {results.Length}");
        // A guarded call is a branch around its body.
        Op? around = t.Instruction.Guard is null ? null : t.Emit(&Skip);
        if (around is not null) around.GuardNegated = !around.GuardNegated;
        for (int i = 0; i < arguments.Length; i++) CopyIn(t, arguments[i], function.Inputs[i]);
        t.Body(function);
        for (int i = 0; i < results.Length; i++) CopyOut(t, function.Outputs[i], results[i]);
        if (around is not null) around.Target = t.NextIndex;
    }

    private static void Skip(Warp w, Op o) => w.Branch(w.Mask, o.Target);

    private static void CopyIn(Translator t, Operand argument, object parameter)
    {
        if (parameter is Register register)
        {
            t.Unguarded(Moves.Copy(Translator.LaneBytes(register.Type)), t.RowOf(register), t.Src(argument, register.Type));
            return;
        }
        var variable = (Variable)parameter;
        if (argument.Symbol is { } symbol) CopyLocal(t, t.FindVariable(symbol), variable);
        else
        {
            var op = t.Unguarded(&StoreLocal, 0, t.Src(argument, variable.Type));
            op.Imm = t.Place(variable);
            op.Option = variable.Type.Size();
            op.StrideA = Translator.LaneBytes(variable.Type);
        }
    }

    private static void CopyOut(Translator t, object result, Operand to)
    {
        if (result is Register register) t.Unguarded(Moves.Copy(Translator.LaneBytes(register.Type)), t.Dst(to, register.Type), t.RowOf(register));
        else if (to.Symbol is { } symbol) CopyLocal(t, (Variable)result, t.FindVariable(symbol));
        else throw t.Fail($"'{to.Text}' cannot take a result");
    }

    private static void CopyLocal(Translator t, Variable from, Variable to)
    {
        if (from.Space != StateSpace.Param || to.Space != StateSpace.Param || t.IsEntryParameter(from) || t.IsEntryParameter(to))
            throw t.Fail($"'{from.Name}' and '{to.Name}' are no parameters of a call");
        var op = t.Unguarded(&MoveLocal);
        op.Imm = t.Place(from);
        op.Target = (int)t.Place(to);
        op.Option = (int)Math.Min(from.Bytes, to.Bytes);
    }

    private static void MoveLocal(Warp w, Op o)
    {
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            byte* local = w.Local + (BitOperations.TrailingZeroCount(lanes) * (long)w.LocalBytes);
            Buffer.MemoryCopy(local + o.Imm, local + o.Target, o.Option, o.Option);
        }
    }

    private static void StoreLocal(Warp w, Op o)
    {
        for (uint lanes = w.Mask; lanes != 0; lanes &= lanes - 1)
        {
            int lane = BitOperations.TrailingZeroCount(lanes);
            byte* local = w.Local + (lane * (long)w.LocalBytes) + o.Imm;
            Buffer.MemoryCopy(w.R + o.A + (lane * o.StrideA), local, o.Option, o.Option);
        }
    }

    private static void BuiltIn(Translator t, string name, Operand[] results)
    {
        switch (name)
        {
            case "vprintf":
                // Nothing is printed; the result says that no argument was.
                if (results.Length == 1 && results[0].Symbol is { } symbol)
                {
                    var op = t.Emit(&StoreLocal, 0, t.Constant(4, 0));
                    op.Imm = t.Place(t.FindVariable(symbol));
                    op.Option = 4;
                }
                break;
            case "__assertfail":
                t.Emit(&AssertFailed);
                break;
            default: throw t.Fail($"function '{name}' has no body in this module");
        }
    }

    private static void AssertFailed(Warp w, Op o) => w.Block.Launch.Report(FindingKind.Trap, w, o, w.Mask, 0, "an assertion of the kernel failed");
}
