using System.Diagnostics;
using System.Globalization;

namespace PixelNet.Native.Benchmarks.Rows;

/// <summary>A peer, or ours: how a worker process is started.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Implementation">What <see cref="Workers"/> calls it.</param>
/// <param name="Environment">Settings of the process.</param>
internal sealed record Contender(string Name, string Implementation, IReadOnlyDictionary<string, string> Environment);

/// <summary>A started worker of this program.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;

    public WorkerProcess(Contender contender, Workload workload, int threads)
    {
        var start = new ProcessStartInfo(System.Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet") start.ArgumentList.Add(typeof(WorkerProcess).Assembly.Location);
        foreach (string argument in (string[])["worker", contender.Implementation, threads.ToString(CultureInfo.InvariantCulture), .. workload.ToString().Split(' ')]) start.ArgumentList.Add(argument);
        foreach (var (key, value) in contender.Environment) start.Environment[key] = value;
        _process = Process.Start(start)!;
        // Libraries talk, too: the worker's own first line is "ready".
        while (Answer() != "ready")
        {
        }
    }

    /// <summary>Peak resident memory so far, in bytes.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>Milliseconds of each of <paramref name="iterations"/>.</summary>
    public double[] Time(int iterations)
    {
        _process.StandardInput.WriteLine(iterations);
        _process.StandardInput.Flush();
        string[] parts = Answer().Split(' ');
        PeakBytes = long.Parse(parts[0], CultureInfo.InvariantCulture);
        return [.. parts.Skip(1).Select(part => double.Parse(part, CultureInfo.InvariantCulture))];
    }

    /// <summary>Errors of ours and of libtorch in float, of the last iteration; null where they are not computed.</summary>
    public (double Ours, double Torch)? Errors()
    {
        _process.StandardInput.WriteLine("errors");
        _process.StandardInput.Flush();
        string answer;
        do answer = Answer(); while (answer != "-" && !char.IsAsciiDigit(answer[0]));
        if (answer == "-") return null;
        double[] errors = [.. answer.Split(' ').Select(part => double.Parse(part, CultureInfo.InvariantCulture))];
        return (errors[0], errors[1]);
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(20_000)) _process.Kill();
        _process.Dispose();
    }

    private string Answer() => _process.StandardOutput.ReadLine()
        ?? throw new PixelNetException($"a worker ended: {_process.StandardError.ReadToEnd().Split('\n', 2)[0]}");
}
