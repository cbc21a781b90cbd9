using System.CommandLine;
using PixelNet.Native.Data.Presets;

namespace PixelNet.Native.Cli;

/// <summary>A call that cannot be carried out as it was written: exit code 2.</summary>
internal sealed class WrongCallException(string message) : PixelNetException(message);

/// <summary>Parses, runs, and turns failures into one sentence and an exit code.</summary>
internal static class CommandRunner
{
    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        var verbose = new Option<bool>("--verbose") { Description = "Show where an error came from", Recursive = true };
        root.Options.Add(verbose);
        var call = root.Parse(args);
        if (call.Errors.Count > 0)
        {
            if (args is [{ } verb, ..] && !verb.StartsWith('-') && call.CommandResult.Command == root)
                Console.Error.WriteLine($"error: unknown verb '{verb}'{Suggestion.For(verb, root.Subcommands.Select(command => command.Name))}");
            else
                foreach (var error in call.Errors) Console.Error.WriteLine($"error: {error.Message}");
            Console.Error.WriteLine("Help: ./build.sh run -- " + string.Join(' ', call.CommandResult.Command == root ? ["--help"] : new[] { call.CommandResult.Command.Name, "--help" }));
            return ExitCodes.WrongCall;
        }
        try
        {
            return await call.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception failure) when (Sentence(failure) is { } sentence)
        {
            Console.Error.WriteLine($"error: {sentence}");
            if (call.GetValue(verbose)) Console.Error.WriteLine(failure);
            return failure is WrongCallException ? ExitCodes.WrongCall : ExitCodes.Failed;
        }
    }

    private static string Sentence(Exception failure) => failure switch
    {
        PixelNetException or InsufficientMemoryException or IOException or UnauthorizedAccessException => failure.Message,
        AggregateException { InnerException: { } inner } => Sentence(inner),
        _ => $"{failure.Message} (this is a defect of the program; --verbose shows where)",
    };
}
