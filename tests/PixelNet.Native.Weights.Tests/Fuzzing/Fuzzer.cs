using System.Diagnostics;

namespace PixelNet.Native.Weights.Tests.Fuzzing;

/// <summary>A format to damage.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Originals">Good files.</param>
/// <param name="Read">Reads a file to its last number, and returns the bytes that its tensors or pixels declare; refuses with a <see cref="PixelNetException"/>.</param>
/// <param name="Repair">Gives half of the damaged files their checksums back, so that the damage gets further; null = the format has none that are checked.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Originals, Func<byte[], long> Read, Action<byte[]>? Repair = null);

/// <summary>What came of it.</summary>
/// <param name="Name">The format.</param>
/// <param name="Inputs">Damaged files.</param>
/// <param name="Refused">Those that were refused with one sentence.</param>
/// <param name="SlowestMs">Milliseconds of the slowest file.</param>
/// <param name="LargestExcess">The most bytes that one file made the program allocate beyond twice its size and what it declares.</param>
/// <param name="Faults">What should not have happened, with the file that made it happen.</param>
internal sealed record FuzzCounts(string Name, int Inputs, int Refused, double SlowestMs, long LargestExcess, IReadOnlyList<(string What, byte[] File)> Faults);

/// <summary>Reads damaged files: whatever they hold, they are read or refused with one sentence, in time and in proportion.</summary>
internal static class Fuzzer
{
    /// <summary>Seconds that one file may take.</summary>
    public const double MostSeconds = 1;

    /// <summary>Bytes that reading takes whatever the file: buffers, decoders' tables, the message.</summary>
    public const long Buffers = 1 << 20;

    private const int MostSentence = 1000;

    /// <summary>Reads <paramref name="inputs"/> damaged files.</summary>
    /// <param name="target">The format.</param>
    /// <param name="inputs">How many.</param>
    /// <param name="seed">What they are a function of.</param>
    public static FuzzCounts Run(FuzzTarget target, int inputs, int seed)
    {
        var mutator = new Mutator(seed);
        var faults = new List<(string, byte[])>();
        int refused = 0;
        double slowest = 0;
        long excess = long.MinValue;
        foreach (byte[] original in target.Originals) target.Read(original);
        for (int i = 0; i < inputs; i++)
        {
            byte[] file = mutator.Next(target.Originals);
            if (target.Repair is not null && i % 2 == 0) target.Repair(file);
            var (seconds, allocated, declared, fault) = Read(target, file);
            long beyond = allocated - 2 * file.Length - Math.Max(0, declared);
            if (seconds > MostSeconds || beyond > Buffers)
            {
                // A busy machine is no hang, and what a process makes once (tables of its matchers) is not the file's: once more decides.
                var again = Read(target, file);
                (seconds, beyond) = (Math.Min(seconds, again.Seconds), Math.Min(beyond, again.Allocated - 2 * file.Length - Math.Max(0, declared)));
            }
            slowest = Math.Max(slowest, 1000 * seconds);
            excess = Math.Max(excess, beyond);
            if (declared < 0) refused++;
            if (seconds > MostSeconds) fault ??= $"took {seconds:F1} s";
            if (beyond > Buffers) fault ??= $"allocated {allocated:N0} bytes for a file of {file.Length:N0} that declares {Math.Max(0, declared):N0}";
            if (fault is not null) faults.Add(($"{target.Name}, seed {seed}, file {i}: {fault}", file));
        }
        return new FuzzCounts(target.Name, inputs, refused, slowest, excess, faults);
    }

    private static (double Seconds, long Allocated, long Declared, string? Fault) Read(FuzzTarget target, byte[] file)
    {
        long before = GC.GetAllocatedBytesForCurrentThread(), declared = -1;
        var watch = Stopwatch.StartNew();
        string? fault = null;
        try
        {
            declared = target.Read(file);
        }
        catch (PixelNetException refusal)
        {
            fault = Sentence(refusal.Message);
        }
        catch (Exception crash)
        {
            fault = $"{crash.GetType().Name}: {crash.Message} {crash.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}";
        }
        return (watch.Elapsed.TotalSeconds, GC.GetAllocatedBytesForCurrentThread() - before, declared, fault);
    }

    private static string? Sentence(string message) => message.Length is < 10 or > MostSentence ? $"a message of {message.Length} characters: {message[..Math.Min(200, message.Length)]}"
        : message.Any(char.IsControl) ? $"a message of several lines: {message.ReplaceLineEndings("\\n")}" : null;
}
