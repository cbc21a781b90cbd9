namespace PixelNet.Native.Training;

/// <summary>
/// The learning rate over a run, as a factor of the base rate; a pure function of the step. With s = step - 1 steps behind, after a warm-up of w
/// steps, of n in all: constant 1; step Factor^floor(s/Every); poly (1 - (s-w)/(n-w))^Power; cosine (1 + cos(pi (s-w)/(n-w)))/2. During the warm-up
/// the factor rises linearly, step/w of its value.
/// </summary>
/// <param name="Kind">Which one.</param>
/// <param name="Steps">n: steps of the run.</param>
/// <param name="Warmup">w.</param>
/// <param name="Every">Of <see cref="ScheduleKind.Step"/>.</param>
/// <param name="Drop">Factor of <see cref="ScheduleKind.Step"/>.</param>
/// <param name="Power">Of <see cref="ScheduleKind.Poly"/>.</param>
public sealed record LearningRateSchedule(ScheduleKind Kind, long Steps, long Warmup = 0, long Every = 100_000, double Drop = 0.1, double Power = 0.9)
{
    /// <summary>The factor of a step, from 1. Beyond the last step it stays what the last step's would have become.</summary>
    public double Factor(long step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 1);
        double progress = Math.Clamp((step - 1 - Warmup) / (double)Math.Max(Steps - Warmup, 1), 0, 1);
        double factor = Kind switch
        {
            ScheduleKind.Constant => 1,
            ScheduleKind.Step => Math.Pow(Drop, (step - 1) / Math.Max(Every, 1)),
            ScheduleKind.Poly => Math.Pow(1 - progress, Power),
            ScheduleKind.Cosine => (1 + Math.Cos(Math.PI * progress)) / 2,
            _ => throw new InvalidOperationException($"there is no schedule {Kind}"),
        };
        return step <= Warmup ? factor * step / Warmup : factor;
    }
}

/// <summary>Forms of <see cref="LearningRateSchedule"/>.</summary>
public enum ScheduleKind
{
    /// <summary>The base rate throughout (the 2018 run).</summary>
    Constant,

    /// <summary>Drops by a factor at fixed intervals (the authors' Caffe settings).</summary>
    Step,

    /// <summary>A power of what is left of the run.</summary>
    Poly,

    /// <summary>Half a cosine wave down to 0.</summary>
    Cosine,
}
