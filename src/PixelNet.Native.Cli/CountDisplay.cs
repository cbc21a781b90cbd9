using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace PixelNet.Native.Cli;

/// <summary>
/// Shows how many of a known number are done and the time left: a bar on a terminal, a line now and then where the output is redirected.
/// On standard error, which leaves standard output to results.
/// </summary>
internal static class CountDisplay
{
    private const double LineEverySeconds = 10;

    /// <summary>Calls <paramref name="work"/> with what it shall call, from any thread, after each piece: the pieces done and of all.</summary>
    public static T Show<T>(string title, Func<Action<long, long>, T> work)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        if (Console.IsErrorRedirected || !console.Profile.Capabilities.Interactive) return work(Lines(title));
        return console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(title));
                return work((done, all) => (task.MaxValue, task.Value) = (all, done));
            });
    }

    private static Action<long, long> Lines(string title)
    {
        var watch = Stopwatch.StartNew();
        var gate = new Lock();
        double shown = 0;
        return (done, all) =>
        {
            lock (gate)
            {
                double seconds = watch.Elapsed.TotalSeconds;
                if (seconds - shown < LineEverySeconds) return;
                shown = seconds;
                var left = TimeSpan.FromSeconds(Math.Round(seconds / Math.Max(done, 1) * (all - done)));
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title}: {done}/{all}, {left:c} left"));
            }
        };
    }
}
