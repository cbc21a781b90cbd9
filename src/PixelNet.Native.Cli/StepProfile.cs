using PixelNet.Native.Backends.Timing;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Evaluation;
using PixelNet.Native.Training;

namespace PixelNet.Native.Cli;

/// <summary>What <c>train --profile</c> prints: the ops of the training steps, without the first ones, which warm up, and without validations.</summary>
internal sealed class StepProfile(TimedBackend backend)
{
    private const int WarmUpSteps = 3;
    private readonly TimedBackend _backend = backend;
    private long _steps;

    /// <summary>The same progress, listened to.</summary>
    public ITrainingProgress Around(ITrainingProgress progress) => new Listener(this, progress);

    /// <summary>Writes the table.</summary>
    public void Write(TextWriter text)
    {
        if (_steps <= WarmUpSteps) text.WriteLine($"no profile: it takes more than {WarmUpSteps} steps");
        else text.Write(_backend.Table((int)Math.Min(_steps - WarmUpSteps, int.MaxValue)));
    }

    private void Count()
    {
        if (++_steps == WarmUpSteps) _backend.Reset();
    }

    private sealed class Listener(StepProfile profile, ITrainingProgress inner) : ITrainingProgress
    {
        public void Stepped(long step, StepResult result)
        {
            profile.Count();
            inner.Stepped(step, result);
        }

        public void Validating(int done, int all)
        {
            profile._backend.IsPaused = true;
            inner.Validating(done, all);
        }

        public void Validated(long step, SegmentationScores scores, bool best)
        {
            profile._backend.IsPaused = false;
            inner.Validated(step, scores, best);
        }

        public void Note(string sentence) => inner.Note(sentence);
    }
}
