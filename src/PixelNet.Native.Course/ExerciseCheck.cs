using System.Runtime.InteropServices;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Course;

/// <summary>Runs a solution on the emulated GPU: every size, in several orders of warps and blocks, with every observer, and against known answers.</summary>
public static class ExerciseCheck
{
    private const int Orders = 5;
    private const long InstructionLimit = 1_000_000;
    private const double Tolerance = 1e-5;
    private const long Near = 1 << 19;

    /// <summary>Checks a solution.</summary>
    /// <param name="exercise">The exercise.</param>
    /// <param name="solution">The compiled solution, with source lines if they are known.</param>
    /// <returns>What is wrong, by source line.</returns>
    public static CheckReport Run(Exercise exercise, PtxModule solution)
    {
        ArgumentNullException.ThrowIfNull(exercise);
        ArgumentNullException.ThrowIfNull(solution);
        var cases = exercise.Cases();
        var mistakes = new List<Mistake>();
        if (solution.Entries.FirstOrDefault(e => e.Name == exercise.Entry) is not { } entry || !Fits(entry, cases[0]))
        {
            Note(mistakes, new Mistake("declaration", 0, 0, $"The file must hold the kernel extern \"C\" __global__ void {exercise.Declaration}", Meanings.Declaration, []));
            return new CheckReport(exercise, 0, 0, mistakes);
        }
        foreach (var launch in cases)
        {
            for (ulong order = 0; order < Orders; order++)
            {
                var found = Launch(solution, exercise.Entry, launch, order);
                found.ForEach(mistake => Note(mistakes, mistake));
                // One order of a loop that never ends is enough.
                if (found.Exists(mistake => mistake.Kind == Finding.NameOf(FindingKind.InstructionLimit))) break;
            }
        }
        return new CheckReport(exercise, cases.Count, Orders, [.. mistakes.OrderBy(m => m.SourceLine == 0).ThenBy(m => m.SourceLine).ThenBy(m => m.PtxLine)]);
    }

    private static bool Fits(PtxEntry entry, ExerciseCase launch) => entry.Parameters.Select(p => p.Bytes).SequenceEqual(launch.Arguments.Select(a => a.ParameterBytes));

    private static List<Mistake> Launch(PtxModule solution, string name, ExerciseCase launch, ulong order)
    {
        using var device = new EmulatedDevice(new EmulatedDeviceOptions { MemoryBytes = 256 << 20 });
        EmulatedKernel kernel;
        try
        {
            kernel = device.Load(solution).GetKernel(name);
        }
        catch (PtxException error)
        {
            return [new Mistake("launch", 0, 0, error.Message, Meanings.Launch, [launch.Description])];
        }
        byte[] parameters = new byte[kernel.Entry.ParameterBytes];
        var arrays = new List<(Argument Argument, ulong Address)>();
        for (int i = 0; i < launch.Arguments.Count; i++)
        {
            var argument = launch.Arguments[i];
            byte[] bytes = argument is Scalar scalar ? scalar.Bytes : BitConverter.GetBytes(Place(device, argument));
            if (argument is not Scalar) arrays.Add((argument, BitConverter.ToUInt64(bytes)));
            bytes.CopyTo(parameters, kernel.Entry.Parameters[i].Offset);
        }
        LaunchReport report;
        try
        {
            report = device.Launch(kernel, launch.Grid, launch.Block, parameters, 0, Observers.All, order, InstructionLimit);
        }
        catch (PtxException error)
        {
            return [new Mistake("launch", 0, 0, error.Message, Meanings.Launch, [launch.Description])];
        }
        var mistakes = report.Findings.Select(f => new Mistake(f.KindName, f.SourceLine, f.Line, Sentence(f, arrays), Meanings.Of(f.Kind), [launch.Description])).ToList();
        string meaning = report.IsClean ? Meanings.WrongResult : Meanings.WrongByFinding;
        if (report.Fault is null) mistakes.AddRange(arrays.Where(a => a.Argument is Output).SelectMany(a => Compare(device, (Output)a.Argument, a.Address, launch.Description, meaning)));
        return mistakes;
    }

    private static ulong Place(EmulatedDevice device, Argument argument)
    {
        byte[] bytes = argument is Input input ? input.Bytes : new byte[4 * ((Output)argument).Expected.Length];
        ulong address = device.Allocate(bytes.Length, argument.Name);
        if (argument is not Output { StartsAtZero: false }) device.Write<byte>(address, bytes);
        return address;
    }

    private static IEnumerable<Mistake> Compare(EmulatedDevice device, Output output, ulong address, string size, string meaning)
    {
        float[] got = new float[output.Expected.Length];
        device.Read(address, got.AsSpan());
        var integers = MemoryMarshal.Cast<float, int>(got);
        int wrong = 0, first = -1;
        for (int i = 0; i < got.Length; i++)
        {
            double value = output.IsInteger ? integers[i] : got[i], expected = output.Expected[i];
            // NaN, which unwritten memory holds, is never near.
            if (output.IsInteger ? value == expected : Math.Abs(value - expected) <= Tolerance * Math.Max(1, Math.Abs(expected))) continue;
            if (wrong++ == 0) first = i;
        }
        if (wrong == 0) return [];
        string found = integers[first] == -1 ? "was never written" : FormattableString.Invariant($"is {(output.IsInteger ? integers[first] : got[first]):G6}");
        return [new Mistake("wrong-result", 0, 0, FormattableString.Invariant($"{wrong} of {got.Length} elements of {output.Name} are wrong: {output.Name}[{first}] {found}, it should be {output.Expected[first]:G6}."),
            meaning, [size])];
    }

    // The emulator knows addresses; who wrote the kernel knows arrays and threads.
    private static string Sentence(Finding finding, List<(Argument Argument, ulong Address)> arrays)
    {
        string text = finding.Message.TrimEnd('.');
        foreach (var (argument, address) in arrays)
        {
            // Arrays lie a megabyte apart: what is close to one was meant for it. All have elements of 4 bytes.
            long offset = (long)(finding.Address - address), bytes = argument is Input input ? input.Bytes.Length : 4 * ((Output)argument).Expected.Length;
            if (finding.Address > 0 && offset > -Near && offset < bytes + Near) text += $"; that is {argument.Name}[{Math.Floor(offset / 4.0)}], and {argument.Name} has {bytes / 4} elements";
        }
        string others = finding.Occurrences > 1 ? $", and {finding.Occurrences - 1} more times" : "";
        return finding.Threads.Count == 0 ? text + "." : $"{text}: first in thread {finding.Threads[0]} of block {finding.Blocks[0]}{others}.";
    }

    // The first message of a kind at a line is kept; where else it happened is added. One wrong size is as good as many.
    private static void Note(List<Mistake> mistakes, Mistake mistake)
    {
        int at = mistakes.FindIndex(m => m.Kind == mistake.Kind && m.SourceLine == mistake.SourceLine && (m.SourceLine > 0 || m.PtxLine == mistake.PtxLine));
        if (at < 0) mistakes.Add(mistake);
        else mistakes[at] = mistakes[at] with { Sizes = [.. mistakes[at].Sizes.Union(mistake.Sizes)] };
    }
}
