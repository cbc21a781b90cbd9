using System.Numerics;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.StreetScenes.Drawing;
using PixelNet.Native.Data.StreetScenes.Scenery;

namespace PixelNet.Native.Data.StreetScenes;

/// <summary>
/// Draws street scenes with all 19 evaluated Cityscapes classes: a pinhole camera over a street that is planned in metres, drawn from far to near.
/// A scene is a pure function of (seed, split, index, size), the same bytes on every machine; its geometry does not depend on the size, so
/// a large picture shows what a small one does.
/// </summary>
public static class StreetScenesGenerator
{
    /// <summary>The splits, by the number that enters the random numbers.</summary>
    public static IReadOnlyList<string> Splits { get; } = ["train", "val", "test"];

    /// <summary>Draws one scene.</summary>
    /// <param name="seed">Any number; each gives other scenes.</param>
    /// <param name="split">train, val or test.</param>
    /// <param name="index">From 0.</param>
    /// <param name="width">16 to 8192 pixels. The frame is twice as wide as high; other proportions stretch it.</param>
    /// <param name="height">16 to 4096 pixels.</param>
    /// <exception cref="PixelNetException">The split is unknown or the size is out of range.</exception>
    public static StreetScene Render(ulong seed, string split, int index, int width, int height)
    {
        CheckSize(width, height);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        var random = new SceneRandom(seed, SplitNumber(split), (uint)index);
        var weather = Backdrop.ChooseWeather(random);
        var camera = new Camera(random.Near(0.45f, 1.55f), random.Near(0.28f, 0.52f), random.Range(1.4f, 2.2f), random.Range(1.3f, 2.3f));
        var canvas = new Canvas(width, height);
        var stage = new Stage(canvas, camera, weather.Light, random);
        var plan = StreetPlan.Choose(random);
        Backdrop.DrawSky(stage, weather);
        Grounds.Draw(stage, plan);
        Backdrop.DrawEnd(stage, plan);
        Roadside.Add(stage, plan);
        Traffic.Add(stage, plan);
        Passers.Add(stage, plan);
        stage.DrawAll();
        Backdrop.DrawFrame(stage);
        float exposure = random.Range(0.88f, 1.22f);
        var gain = new Vector3(random.Range(0.94f, 1.06f), 1, random.Range(0.92f, 1.08f)) * exposure;
        var image = canvas.Develop(gain, random.Range(0, 0.12f), random.Range(0.005f, 0.025f), random.Seed());
        return new StreetScene(image, new LabelMap<byte>(width, height, canvas.Ids), new LabelMap<ushort>(width, height, canvas.Instances));
    }

    internal static void CheckSize(int width, int height)
    {
        if (width is < 16 or > 8192 || height is < 16 or > 4096)
            throw new PixelNetException($"Street scenes of {width} x {height} pixels cannot be drawn, expected a width of 16 to 8192 and a height of 16 to 4096; take for example 256x128 or 2048x1024");
    }

    private static uint SplitNumber(string split)
    {
        for (int i = 0; i < Splits.Count; i++)
            if (Splits[i] == split) return (uint)i;
        throw new PixelNetException($"There is no split '{split}' of street scenes, expected one of {string.Join(", ", Splits)}");
    }
}
