using System.CommandLine;
using System.Runtime.InteropServices;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet version</c>: what to quote in a bug report.</summary>
internal static class VersionVerb
{
    public static Command Create()
    {
        var command = new Command("version", "Print the versions to quote in a bug report");
        command.SetAction(_ =>
        {
            Console.WriteLine($"pixelnet {typeof(VersionVerb).Assembly.GetName().Version?.ToString(3)}, .NET {Environment.Version}, {RuntimeInformation.RuntimeIdentifier}");
            return ExitCodes.Ok;
        });
        return command;
    }
}
