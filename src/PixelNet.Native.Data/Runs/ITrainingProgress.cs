using PixelNet.Native.Evaluation;
using PixelNet.Native.Training;

namespace PixelNet.Native.Data.Runs;

/// <summary>Hears of a run as it goes; called on the run's thread.</summary>
public interface ITrainingProgress
{
    /// <summary>A step is done.</summary>
    void Stepped(long step, StepResult result);

    /// <summary>An image of a validation is done.</summary>
    void Validating(int done, int all);

    /// <summary>A validation is done.</summary>
    void Validated(long step, SegmentationScores scores, bool best);

    /// <summary>Something the user should know.</summary>
    void Note(string sentence);
}
