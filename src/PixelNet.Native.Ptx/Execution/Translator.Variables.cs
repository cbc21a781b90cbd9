using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Execution;

/// <summary>
/// Places of variables: shared variables from offset 0 with the dynamic part last, local variables and the parameters of called functions in
/// each thread's local memory, the kernel's own parameters in the parameter block, module variables at device addresses.
/// </summary>
internal sealed unsafe partial class Translator
{
    private const int MostLocalBytes = 512 << 10;

    private readonly Dictionary<Variable, long> places = [];
    private readonly HashSet<Variable> entryParameters = [];
    private long localBytes;
    private long sharedBytes;
    private long dynamicStart;

    private void PlaceParameters(PtxFunction entry)
    {
        for (int i = 0; i < entry.Inputs.Count; i++)
        {
            var variable = (Variable)entry.Inputs[i];
            places[variable] = program.Entry.Parameters[i].Offset;
            entryParameters.Add(variable);
        }
        PlaceShared(entry, []);
    }

    // All static shared variables of the kernel and what it calls come first: where the dynamic part starts must be known at its first use.
    private void PlaceShared(PtxFunction function, HashSet<PtxFunction> seen)
    {
        if (!seen.Add(function) || function.Body is null) return;
        foreach (var statement in function.Body)
        {
            foreach (var operand in statement.Instruction?.Operands ?? [])
            {
                if (operand.Symbol is null) continue;
                if (statement.Scope.FindVariable(operand.Symbol) is { Space: StateSpace.Shared, IsUnsized: false, IsExtern: false } variable) Place(variable);
                else if (module.Functions.TryGetValue(operand.Symbol, out var called)) PlaceShared(called, seen);
            }
        }
    }

    /// <summary>Place of a variable within its space; a device address for module variables.</summary>
    public ulong Place(Variable variable)
    {
        if (places.TryGetValue(variable, out long place)) return (ulong)place;
        switch (variable.Space)
        {
            case StateSpace.Global or StateSpace.Const:
                ulong address = symbolAddress(variable.Name) ?? throw Fail($"variable '{variable.Name}' is declared extern and defined nowhere");
                places[variable] = (long)address;
                return address;
            case StateSpace.Shared when variable.IsUnsized || variable.IsExtern:
                // The dynamic part begins behind the static variables, aligned for the widest access.
                place = Align(sharedBytes, Math.Max(16, variable.Alignment));
                dynamicStart = place;
                break;
            case StateSpace.Shared:
                place = Align(sharedBytes, variable.Alignment);
                sharedBytes = place + variable.Bytes;
                break;
            default:
                place = Align(localBytes, variable.Alignment);
                localBytes = place + variable.Bytes;
                if (localBytes > MostLocalBytes) throw Fail($"a thread's local memory is larger than {MostLocalBytes} bytes");
                program.LocalBytes = (int)Align(localBytes, 16);
                break;
        }
        places[variable] = place;
        return (ulong)place;
    }

    private void FinishShared()
    {
        if (sharedBytes > 1 << 20) throw new PtxException(program.Entry.Line, $"'{program.Entry.Name}' declares {sharedBytes} bytes of shared memory, which no device has.");
        program.SharedBytes = (int)Math.Max(Align(sharedBytes, 16), dynamicStart);
    }

    /// <summary>Whether a param variable is the kernel's own, in the parameter block.</summary>
    public bool IsEntryParameter(Variable variable) => entryParameters.Contains(variable);

    public Variable FindVariable(string name) =>
        instruction.Scope.FindVariable(name) ?? throw Fail($"'{name}' is not declared");

    private ulong AddressOf(string symbol) => Place(FindVariable(symbol));

    /// <summary>Generic address of a symbol.</summary>
    private ulong GenericAddressOf(Variable variable) => Place(variable) + variable.Space switch
    {
        StateSpace.Shared => DeviceMemory.SharedWindow,
        StateSpace.Local => DeviceMemory.LocalWindow,
        StateSpace.Param => IsEntryParameter(variable) ? DeviceMemory.ParamWindow : DeviceMemory.LocalWindow,
        _ => 0UL,
    };

    /// <summary>Gives an op the address operand: base row (-1: none) and its lane distance, offset, and the space it ends in.</summary>
    public void Address(Op op, int index, StateSpace space)
    {
        var operand = Operand(index);
        if (operand.Kind != OperandKind.Address) throw Fail($"operand {index + 1} must be an address in brackets");
        op.A = -1;
        op.Imm = operand.Bits;
        op.Space = space;
        if (operand.Register is { } register)
        {
            if (register.Type.Size() < 4 || register.Type == PtxType.Pred) throw Fail($"register '{register.Name}' cannot hold an address");
            op.A = RowOf(register);
            op.StrideA = LaneBytes(register.Type);
            if (space == StateSpace.Param && IsInCall) op.Space = StateSpace.Local;
        }
        else if (operand.Symbol is { } symbol)
        {
            var variable = FindVariable(symbol);
            if (space == StateSpace.Generic) op.Imm += GenericAddressOf(variable);
            else
            {
                bool isSame = variable.Space == space || (variable.Space == StateSpace.Const && space == StateSpace.Global);
                if (!isSame) throw Fail($"'{symbol}' is not in the space .{space.ToString().ToLowerInvariant()}");
                op.Imm += Place(variable);
                if (space == StateSpace.Param && !IsEntryParameter(variable)) op.Space = StateSpace.Local;
            }
        }
    }

    private static long Align(long offset, int alignment) => (offset + alignment - 1) / alignment * alignment;
}
