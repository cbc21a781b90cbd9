using System.Globalization;

namespace PixelNet.Native.Ptx.Parsing;

/// <summary>
/// Names visible between two braces. Ranges such as <c>%r&lt;1000&gt;</c> create their registers when first used, so that a declaration costs nothing.
/// </summary>
internal sealed class Scope(Scope? parent)
{
    private readonly Dictionary<string, Register> registers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (PtxType Type, int Count)> ranges = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Variable> variables = new(StringComparer.Ordinal);
    private readonly HashSet<string> labels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string[]> branchTargets = new(StringComparer.Ordinal);

    public Scope? Parent { get; } = parent;

    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;

    public bool Add(Register register) => !Declares(register.Name) && registers.TryAdd(register.Name, register);

    public bool Add(Variable variable) => !Declares(variable.Name) && variables.TryAdd(variable.Name, variable);

    public bool AddRange(string prefix, PtxType type, int count) => ranges.TryAdd(prefix, (type, count));

    public bool AddLabel(string name) => !Declares(name) && labels.Add(name);

    public bool AddBranchTargets(string name, string[] targets) => branchTargets.TryAdd(name, targets);

    public Register? FindRegister(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.registers.TryGetValue(name, out var register)) return register;
            if (scope.variables.ContainsKey(name)) return null;
            int digits = name.Length;
            while (digits > 0 && char.IsAsciiDigit(name[digits - 1])) digits--;
            // "%r10" may belong to the range "%r" or, with a digit in the prefix, to "%r1": try each split.
            for (int cut = digits; cut < name.Length && cut > 0; cut++)
            {
                if (!scope.ranges.TryGetValue(name[..cut], out var range)) continue;
                if (cut < name.Length - 1 && name[cut] == '0') continue;
                if (!int.TryParse(name.AsSpan(cut), NumberStyles.None, CultureInfo.InvariantCulture, out int index) || index >= range.Count) continue;
                register = new Register(range.Type, name);
                scope.registers.Add(name, register);
                return register;
            }
        }
        return null;
    }

    public Variable? FindVariable(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.variables.TryGetValue(name, out var variable)) return variable;
        }
        return null;
    }

    public string[]? FindBranchTargets(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.branchTargets.TryGetValue(name, out var targets)) return targets;
        }
        return null;
    }

    /// <summary>The scope that holds a label, or null: two inline-assembly blocks may each have their own.</summary>
    public Scope? FindLabel(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope.labels.Contains(name)) return scope;
        }
        return null;
    }

    private bool Declares(string name) => registers.ContainsKey(name) || variables.ContainsKey(name) || labels.Contains(name);
}
