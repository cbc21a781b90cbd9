using System.Diagnostics;
using System.Globalization;

namespace PixelNet.Native.Benchmarks;

/// <summary>A Python process that does training steps in PyTorch on request, so that ours and its steps can take turns in one run.</summary>
internal sealed class TorchPeer : IDisposable
{
    private readonly Process _process;

    private TorchPeer(Process process, string version) => (_process, Version) = (process, version);

    /// <summary>Such as <c>torch 1.13.0</c>.</summary>
    public string Version { get; }

    /// <summary>Starts a script of the folder <c>peers</c> with the first Python that has torch; null if none has.</summary>
    public static TorchPeer? Start(string script, params int[] arguments)
    {
        foreach (string python in new[] { Environment.GetEnvironmentVariable("PIXELNET_PYTHON") ?? "python3", "/usr/bin/python3", "python" })
        {
            var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "peers", script));
            foreach (int argument in arguments) start.ArgumentList.Add(argument.ToString(CultureInfo.InvariantCulture));
            Process process;
            try
            {
                process = Process.Start(start)!;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                continue;
            }
            if (process.StandardOutput.ReadLine() is { } version) return new TorchPeer(process, version);
            process.Dispose();
        }
        return null;
    }

    /// <summary>Milliseconds of each of <paramref name="count"/> steps.</summary>
    public double[] Steps(int count)
    {
        _process.StandardInput.WriteLine(count);
        _process.StandardInput.Flush();
        string answer = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"the PyTorch peer ended: {_process.StandardError.ReadToEnd()}");
        return [.. answer.Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
