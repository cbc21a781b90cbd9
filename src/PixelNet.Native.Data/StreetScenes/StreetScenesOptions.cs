namespace PixelNet.Native.Data.StreetScenes;

/// <summary>What <see cref="StreetScenesWriter"/> writes.</summary>
public sealed record StreetScenesOptions
{
    /// <summary>Scenes of the train split, 0 to 100,000; likewise the others.</summary>
    public int Train { get; init; } = 800;

    /// <summary>Scenes of the val split.</summary>
    public int Val { get; init; } = 80;

    /// <summary>Scenes of the test split; its labels hold ego vehicle and border only, as the official ones do.</summary>
    public int Test { get; init; }

    /// <summary>Pixels; Cityscapes itself has 2048 x 1024.</summary>
    public int Width { get; init; } = 256;

    /// <summary>Pixels.</summary>
    public int Height { get; init; } = 128;

    /// <summary>Each gives other scenes; scene i of a split depends on nothing else.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Replace what an earlier call wrote into the folder.</summary>
    public bool Overwrite { get; init; }

    /// <summary>Scenes drawn at a time; 0 = as many as the machine has processors. The files do not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>Number of scenes of a split of <see cref="StreetScenesGenerator.Splits"/>.</summary>
    public int Count(string split) => split switch { "train" => Train, "val" => Val, _ => Test };

    /// <summary>Refuses what cannot be drawn.</summary>
    /// <exception cref="PixelNetException">A number is out of range; the message names it.</exception>
    public void Validate()
    {
        StreetScenesGenerator.CheckSize(Width, Height);
        foreach (string split in StreetScenesGenerator.Splits)
            if (Count(split) is < 0 or > 100_000)
                throw new PixelNetException($"{Count(split)} street scenes for the {split} split are out of range, expected 0 to 100,000");
        if (Train + Val + Test == 0) throw new PixelNetException("No street scenes were asked for: train, val and test are all 0; ask for at least one");
    }
}
