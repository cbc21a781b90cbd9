using PixelNet.Native.Ptx.Execution.Instructions;

namespace PixelNet.Native.Ptx.Parsing;

/// <summary>Functions: heads, scopes, labels and instructions.</summary>
internal sealed partial class Parser
{
    private const int DeepestScope = 64;
    private const int MostStatements = 1 << 20;

    private int sourceLine;
    private int statements;

    private void Function(Token start, bool isEntry)
    {
        var scope = new Scope(Module);
        var outputs = new List<object>();
        if (token.Is("(")) Parameters(scope, outputs);
        var name = Expect(TokenKind.Word, "a function's name");
        var function = new PtxFunction(name.Text, isEntry, start.Line, scope);
        function.Outputs.AddRange(outputs);
        if (token.Is("(")) Parameters(scope, function.Inputs);
        FunctionDirectives(function);
        if (!Accept(";"))
        {
            function.Body = [];
            sourceLine = 0;
            Block(scope, function.Body);
        }
        if (Functions.TryGetValue(name.Text, out var earlier) && earlier.Body is not null)
        {
            if (function.Body is not null) throw new PtxException(start.Line, $"function '{name.Text}' is defined twice.");
            return;
        }
        Functions[name.Text] = function;
    }

    private void FunctionDirectives(PtxFunction function)
    {
        while (token.Kind == TokenKind.Directive)
        {
            var directive = Take();
            switch (directive.Text)
            {
                case ".maxntid" or ".reqntid":
                    var shape = new List<int>();
                    do shape.Add((int)Math.Clamp(Integer(), 0, 1 << 20));
                    while (Accept(","));
                    function.MaxThreads = (int)Math.Min(int.MaxValue, shape.Aggregate(1L, (a, b) => Math.Min(a * b, int.MaxValue)));
                    function.IsShapeRequired = directive.Text == ".reqntid";
                    function.RequiredShape = [.. shape, .. Enumerable.Repeat(1, Math.Max(0, 3 - shape.Count))];
                    break;
                case ".minnctapersm" or ".maxnctapersm" or ".maxnreg": Integer(); break;
                case ".noreturn": break;
                case ".pragma": Pragma(); break;
                default: throw new PtxException(directive.Line, $"unknown directive {Shown(directive)} at a function.");
            }
        }
    }

    private void Block(Scope scope, List<Statement> body)
    {
        var open = Expect("{");
        if (scope.Depth > DeepestScope) throw new PtxException(open.Line, $"scopes are nested more than {DeepestScope} deep.");
        while (!token.Is("}"))
        {
            if (token.Kind == TokenKind.End) throw new PtxException(open.Line, "this '{' is never closed.");
            if (++statements > MostStatements) throw new PtxException(token.Line, $"more than {MostStatements} statements.");
            Statement(scope, body);
        }
        Take();
    }

    private void Statement(Scope scope, List<Statement> body)
    {
        if (token.Is("{")) Block(new Scope(scope), body);
        else if (token.Kind == TokenKind.Directive) BodyDirective(scope);
        else if (token.Kind == TokenKind.Word && ahead.Is(":")) Label(scope, body);
        else if (token.Is(";")) Take();
        else body.Add(new Statement(ParseInstruction(scope), null, scope));
    }

    private void BodyDirective(Scope scope)
    {
        var directive = Take();
        switch (directive.Text)
        {
            case ".reg": Registers(scope); break;
            case ".shared": Local(StateSpace.Shared); break;
            case ".local": Local(StateSpace.Local); break;
            case ".param": Local(StateSpace.Param); break;
            case ".const" or ".global": ModuleVariables(directive.Text == ".const" ? StateSpace.Const : StateSpace.Global, isExtern: false); break;
            case ".loc": Location(); break;
            case ".pragma": Pragma(); break;
            default: throw new PtxException(directive.Line, $"unknown directive {Shown(directive)} in a function.");
        }

        void Local(StateSpace space)
        {
            foreach (var variable in VariableList(space, isExtern: false))
            {
                if (!scope.Add(variable)) throw new PtxException(variable.Line, $"'{variable.Name}' is declared twice.");
            }
        }
    }

    // .loc file line column [, function_name label [+ n], inlined_at file line column]
    // What is inlined from a header has the line of the source where it was called: findings name lines of the source.
    private void Location()
    {
        int line = token.Line;
        long file = Integer();
        int at = (int)Math.Clamp(Integer(), 0, int.MaxValue);
        Integer();
        while (token.Line == line && token.Kind != TokenKind.End && !token.Is("}"))
        {
            if (!Take().Is("inlined_at") || file == sourceFile) continue;
            file = Integer();
            at = (int)Math.Clamp(Integer(), 0, int.MaxValue);
        }
        if (file == sourceFile) sourceLine = at;
    }

    private void Label(Scope scope, List<Statement> body)
    {
        var name = Take();
        Expect(":");
        if (token.Is(".branchtargets"))
        {
            Take();
            var targets = new List<string>();
            do targets.Add(Expect(TokenKind.Word, "a label").Text);
            while (Accept(","));
            Expect(";");
            if (!scope.AddBranchTargets(name.Text, [.. targets])) throw new PtxException(name.Line, $"'{name.Text}' is declared twice.");
            return;
        }
        if (token.Is(".callprototype") || token.Is(".calltargets"))
            throw new PtxException(token.Line, $"{token.Text} (calls through function pointers) is not supported.");
        if (!scope.AddLabel(name.Text)) throw new PtxException(name.Line, $"label '{name.Text}' is declared twice.");
        body.Add(new Statement(null, name.Text, scope));
    }

    private Instruction ParseInstruction(Scope scope)
    {
        Operand? guard = null;
        if (Accept("@"))
        {
            bool negated = Accept("!");
            guard = ParseOperand(scope, negated);
            if (guard.Register?.Type != PtxType.Pred) throw new PtxException(guard.Line, $"'{guard.Text}' is no predicate register.");
        }
        var opcode = token;
        if (opcode.Kind != TokenKind.Word) throw new PtxException(opcode.Line, $"expected an instruction but found {Shown(opcode)}.");
        Take();
        // Before the operands: those of an unsupported instruction may have forms of their own.
        if (!InstructionTable.Handlers.ContainsKey(opcode.Text.Split('.', 2)[0])) throw new PtxException(opcode.Line, $"unknown instruction {Shown(opcode)}.");
        var operands = new List<Operand>();
        while (!token.Is(";"))
        {
            operands.Add(ParseOperand(scope, negated: false));
            if (operands.Count > 64) throw new PtxException(opcode.Line, $"'{opcode.Text}' has more than 64 operands.");
            if (!Accept(",")) break;
        }
        if (!token.Is(";")) throw new PtxException(token.Line, $"expected ';' after '{opcode.Text}' but found {Shown(token)}.");
        Take();
        return new Instruction(opcode.Text, opcode.Line, scope) { Guard = guard, Operands = [.. operands], SourceLine = sourceLine };
    }
}
