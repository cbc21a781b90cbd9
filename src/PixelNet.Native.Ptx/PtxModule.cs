using System.Text;
using PixelNet.Native.Ptx.Execution;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx;

/// <summary>
/// A PTX module (ISA up to 7.8): parsed, and every kernel translated once, so that an unknown instruction, modifier, directive or version is
/// rejected here with its line, before anything runs.
/// </summary>
public sealed class PtxModule
{
    /// <summary>Longest text that is accepted, in characters.</summary>
    public const int MostCharacters = 32 << 20;

    private PtxModule(Parser parser, LineMap? lineMap)
    {
        Version = parser.Version;
        Target = parser.Target;
        LineMap = lineMap;
        Functions = parser.Functions;
        Variables = parser.Variables;
        Scope = parser.Module;
        Entries = [.. parser.Functions.Values.Where(f => f.IsEntry && f.Body is not null).OrderBy(f => f.Line).Select(Describe)];
    }

    /// <summary>The <c>.version</c> directive, e.g. <c>7.8</c>.</summary>
    public string Version { get; }

    /// <summary>The <c>.target</c> directive, e.g. <c>sm_80</c>.</summary>
    public string Target { get; }

    /// <summary>The kernels, in the order of the text.</summary>
    public IReadOnlyList<PtxEntry> Entries { get; }

    /// <summary>Where PTX lines come from, if that was given.</summary>
    public LineMap? LineMap { get; }

    internal Dictionary<string, PtxFunction> Functions { get; }

    internal List<Variable> Variables { get; }

    internal Scope Scope { get; }

    /// <summary>Parses a module and checks all its kernels.</summary>
    /// <param name="text">PTX text.</param>
    /// <param name="lineMap">Source lines for findings, where the text has no <c>.loc</c>.</param>
    /// <returns>The module.</returns>
    /// <exception cref="PtxException">The text is not PTX, or holds something that is not supported; the message names the line.</exception>
    public static PtxModule Parse(string text, LineMap? lineMap = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MostCharacters) throw new PtxException($"The text has {text.Length} characters; PTX of more than {MostCharacters >> 20} Mi characters is not accepted.");
        // PTX files from tools may end with a zero byte; anything else of that kind is binary.
        text = text.TrimEnd('\0');
        if (text.AsSpan(0, Math.Min(text.Length, 4096)).Contains('\0')) throw new PtxException(1, "this is a binary file, not PTX text.");
        var parser = new Parser(text);
        parser.Parse();
        var module = new PtxModule(parser, lineMap);
        foreach (var function in parser.Functions.Values)
        {
            if (function is { IsEntry: true, Body: not null }) Translator.Translate(module, function, module.PlaceholderAddress);
        }
        return module;
    }

    /// <summary>Parses a module from UTF-8 bytes.</summary>
    /// <param name="bytes">The file's bytes.</param>
    /// <param name="lineMap">Source lines for findings, where the text has no <c>.loc</c>.</param>
    /// <returns>The module.</returns>
    /// <exception cref="PtxException">As for text; also for bytes that are no text.</exception>
    public static PtxModule Parse(ReadOnlySpan<byte> bytes, LineMap? lineMap = null)
    {
        if (bytes.Length > MostCharacters) throw new PtxException($"The file has {bytes.Length} bytes; PTX of more than {MostCharacters >> 20} MiB is not accepted.");
        return Parse(Encoding.UTF8.GetString(bytes), lineMap);
    }

    /// <summary>The module with source lines for its findings.</summary>
    /// <param name="lineMap">The map.</param>
    public PtxModule WithLineMap(LineMap lineMap)
    {
        ArgumentNullException.ThrowIfNull(lineMap);
        return new PtxModule(this, lineMap);
    }

    private PtxModule(PtxModule other, LineMap lineMap)
    {
        (Version, Target, Entries, Functions, Variables, Scope) = (other.Version, other.Target, other.Entries, other.Functions, other.Variables, other.Scope);
        LineMap = lineMap;
    }

    private ulong? PlaceholderAddress(string name) =>
        Variables.Any(v => v.Name == name && !v.IsExtern) ? DeviceMemory.FirstAddress : null;

    private static PtxEntry Describe(PtxFunction function)
    {
        var parameters = new List<PtxParameter>();
        long offset = 0;
        foreach (object input in function.Inputs)
        {
            if (input is not Variable variable) throw new PtxException(function.Line, $"the kernel '{function.Name}' has a register parameter.");
            offset = (offset + variable.Alignment - 1) / variable.Alignment * variable.Alignment;
            bool isArray = variable.Bytes != variable.Type.Size();
            parameters.Add(new PtxParameter(variable.Name, variable.Type, (int)offset, (int)variable.Bytes, variable.Alignment, isArray));
            offset += variable.Bytes;
            if (offset > 32764) throw new PtxException(function.Line, $"the parameters of '{function.Name}' take more than 32764 bytes.");
        }
        return new PtxEntry(function.Name, function.Line, parameters, (int)offset, function.MaxThreads);
    }
}
