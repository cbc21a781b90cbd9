using System.Diagnostics;
using System.Globalization;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Training;
using Spectre.Console;

namespace PixelNet.Native.Cli;

/// <summary>Shows a run: a bar with loss, pixels a second and time left on a terminal; lines now and then where the output is redirected.</summary>
internal sealed class TrainingDisplay(TrainingRun run) : ITrainingProgress
{
    private const double LineEverySeconds = 10;
    private readonly Stopwatch _watch = new();
    private readonly long _first = run.Step;
    private ProgressTask? _task;
    private double _loss, _shown;

    /// <summary>Calls <paramref name="work"/> with the display around it.</summary>
    public static bool Show(TrainingRun run, Func<ITrainingProgress, bool> work)
    {
        var display = new TrainingDisplay(run);
        display._watch.Start();
        if (!AnsiConsole.Profile.Capabilities.Interactive || Console.IsOutputRedirected) return work(display);
        return AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                display._task = context.AddTask("training", maxValue: run.Steps);
                display._task.Value = run.Step;
                return work(display);
            });
    }

    public void Stepped(long step, StepResult result)
    {
        _loss = _loss == 0 ? result.Loss : 0.95 * _loss + 0.05 * result.Loss;
        double seconds = _watch.Elapsed.TotalSeconds;
        if (_task is not null)
        {
            _task.Value = step;
            if (seconds - _shown < 0.2 && step != run.Steps) return;
            _task.Description = Status(step, seconds);
            _shown = seconds;
        }
        else if (seconds - _shown >= LineEverySeconds || step == run.Steps)
        {
            Console.WriteLine(Status(step, seconds));
            _shown = seconds;
        }
    }

    public void Validating(int done, int all)
    {
        if (_task is not null) _task.Description = $"step {run.Step}: validating {done}/{all}";
    }

    public void Validated(long step, SegmentationScores scores, bool best) =>
        AnsiConsole.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {step}: val mIoU {scores.MeanIou:F4}, pixel accuracy {scores.PixelAccuracy:F4}{(best ? " (best so far)" : "")}"));

    public void Note(string sentence) => AnsiConsole.WriteLine($"note: {sentence}");

    private string Status(long step, double seconds)
    {
        double perSecond = (step - _first) / Math.Max(seconds, 1e-9);
        var left = TimeSpan.FromSeconds((run.Steps - step) / Math.Max(perSecond, 1e-9));
        return string.Create(CultureInfo.InvariantCulture,
            $"step {step}/{run.Steps}  loss {_loss:F3}  {perSecond * run.PixelsPerStep / 1000:F0}k pixels/s  {(left.TotalDays < 1 ? left.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture) : $"{left.TotalHours:F0} h")} left");
    }
}
