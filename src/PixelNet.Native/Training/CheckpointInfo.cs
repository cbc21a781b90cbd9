using System.Text.Json;
using PixelNet.Native.Backends;
using PixelNet.Native.Model;

namespace PixelNet.Native.Training;

/// <summary>What a checkpoint says about itself: with the tensors, the whole state of a run. No times, paths or thread counts, so equal states are
/// equal bytes.</summary>
public sealed record CheckpointInfo
{
    /// <summary>The network.</summary>
    public required PixelNetConfig Model { get; init; }

    /// <summary>Order, gains and offsets of the channels that the network was trained with.</summary>
    public required ChannelTransform Preprocessing { get; init; }

    /// <summary>The caller's configuration of the run, as text that only the caller understands.</summary>
    public string TrainingConfig { get; init; } = "";

    /// <summary>Steps done.</summary>
    public long Step { get; init; }

    /// <summary>Seed of the run; with <see cref="Step"/> the whole random state, since every random number is a function of both.</summary>
    public ulong Seed { get; init; }

    /// <summary>Best validation score so far; null = none yet.</summary>
    public double? BestScore { get; init; }

    /// <summary>Name of the label set, such as <c>cityscapes</c>.</summary>
    public string LabelSet { get; init; } = "";

    /// <summary>Class names by train id.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>Name of the backend that wrote it.</summary>
    public string Backend { get; init; } = "";

    /// <summary>Its instruction-set level, on which the last bits depend: who resumes on another is told.</summary>
    public string Level { get; init; } = "";

    /// <summary>Names of the optimiser's moments, such as <c>m,v</c> or <c>velocity</c>; empty in a file of weights only.</summary>
    public string Moments { get; init; } = "";

    /// <summary><see cref="ClassNames"/> as a JSON list.</summary>
    public string ClassNamesToJson() => JsonSerializer.Serialize(ClassNames, StoredJson.Default.Names);
}
