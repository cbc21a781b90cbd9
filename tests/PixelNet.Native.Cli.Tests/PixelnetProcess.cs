using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace PixelNet.Native.Cli.Tests;

/// <summary>The built program, started as users start it: a process of its own.</summary>
internal sealed partial class PixelnetProcess : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "pixelnet.dll");
    private readonly Process _process;
    private readonly StringBuilder _output = new(), _errors = new();

    private PixelnetProcess(string[] args, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in args.Prepend(Program)) start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_errors, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it has written so far.</summary>
    public string Output
    {
        get
        {
            lock (_output) return _output.ToString();
        }
    }

    /// <summary>Whether it is over.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>Bytes of memory that it holds now.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts it and does not wait.</summary>
    public static PixelnetProcess Start(params string[] args) => new(args);

    /// <summary>Starts it and waits for its end.</summary>
    public static (int ExitCode, string Output, string Errors) Run(params string[] args)
    {
        using var process = new PixelnetProcess(args);
        return process.WaitForEnd();
    }

    /// <summary>Starts it and waits for its end, longer than usual.</summary>
    public static (int ExitCode, string Output, string Errors) Run(TimeSpan most, params string[] args)
    {
        using var process = new PixelnetProcess(args);
        return process.WaitForEnd(most);
    }

    /// <summary>As <see cref="Run(string[])"/>, where the runtime believes that the machine has no more memory than this.</summary>
    public static (int ExitCode, string Output, string Errors) RunWithin(int mebibytes, params string[] args)
    {
        using var process = new PixelnetProcess(args, ("DOTNET_GCHeapHardLimit", $"{(long)mebibytes << 20:X}"));
        return process.WaitForEnd();
    }

    /// <summary>As <see cref="Run(string[])"/>, with these variables in its environment.</summary>
    public static (int ExitCode, string Output, string Errors) RunWith((string Name, string Value)[] environment, params string[] args)
    {
        using var process = new PixelnetProcess(args, environment);
        return process.WaitForEnd();
    }

    /// <summary>Waits for its end, two minutes at most if nothing else is said.</summary>
    public (int ExitCode, string Output, string Errors) WaitForEnd(TimeSpan? most = null)
    {
        if (!_process.WaitForExit(most ?? TimeSpan.FromMinutes(2)))
        {
            Kill();
            throw new TimeoutException($"pixelnet did not end; it wrote: {Output}{_errors}");
        }
        _process.WaitForExit();
        lock (_output) lock (_errors) return (_process.ExitCode, _output.ToString(), _errors.ToString());
    }

    /// <summary>SIGKILL: the program cannot do anything about it.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>What Ctrl-C sends, on Unix: SIGINT.</summary>
    public void Interrupt() => Xunit.Assert.Equal(0, SendSignal(_process.Id, 2));

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }

    private static void Keep(StringBuilder text, string? line)
    {
        if (line is null) return;
        lock (text) text.AppendLine(line);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
