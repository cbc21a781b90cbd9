using System.Globalization;
using System.Text.RegularExpressions;
using PixelNet.Native.Ptx.Compilation;

namespace PixelNet.Native.KernelCompiler;

/// <summary>What the assembler gives an entry on one GPU.</summary>
/// <param name="Registers">Registers of a thread.</param>
/// <param name="Shared">Static shared memory of a block in bytes.</param>
/// <param name="Stack">Local memory of a thread in bytes: spilled registers and arrays with computed indices.</param>
/// <param name="Spilled">Bytes of registers stored to and loaded from local memory, in the text of a thread.</param>
internal sealed partial record EntryResources(int Registers, int Shared, int Stack, int Spilled)
{
    /// <summary>Assembles a source for a GPU and reads the assembler's messages.</summary>
    /// <returns>The entries by name.</returns>
    /// <exception cref="InvalidDataException">It does not assemble: the assembler's messages.</exception>
    public static Dictionary<string, EntryResources> Assemble(KernelSource source, IReadOnlyDictionary<string, string> headers, int architecture)
    {
        string log = Nvrtc.Assemble(source.FileName, source.Text, headers, $"--gpu-architecture=sm_{architecture}", "--std=c++17", "--ptxas-options=-v");
        var entries = new Dictionary<string, EntryResources>(StringComparer.Ordinal);
        string entry = "";
        int stack = 0, spilled = 0;
        foreach (string line in log.Split('\n'))
        {
            if (EntryLine().Match(line) is { Success: true } name) entry = name.Groups[1].Value;
            else if (StackLine().Match(line) is { Success: true } memory) (stack, spilled) = (Number(memory, 1), Number(memory, 2) + Number(memory, 3));
            else if (UsedLine().Match(line) is { Success: true } used) entries[entry] = new EntryResources(Number(used, 1), Number(SharedText().Match(line), 1), stack, spilled);
        }
        return entries;
    }

    private static int Number(Match match, int group) => match.Success ? int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"Compiling entry function '(\w+)'")]
    private static partial Regex EntryLine();

    [GeneratedRegex(@"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")]
    private static partial Regex StackLine();

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex UsedLine();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex SharedText();
}
