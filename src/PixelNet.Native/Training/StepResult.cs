namespace PixelNet.Native.Training;

/// <summary>What a step gave.</summary>
/// <param name="Loss">Mean cross-entropy over the valid sampled pixels, before the update.</param>
/// <param name="Accuracy">Share of the valid sampled pixels answered rightly, before the update; 0 if none is valid.</param>
/// <param name="LearningRate">The step's rate, before the multipliers of the parameter groups.</param>
public readonly record struct StepResult(double Loss, double Accuracy, double LearningRate);
