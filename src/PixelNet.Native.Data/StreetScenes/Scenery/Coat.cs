using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Colours of things, as ranges that overlap from class to class on purpose: what a thing is must not follow from its colour.</summary>
internal static class Coat
{
    /// <summary>Mostly grey, white, black; sometimes any colour.</summary>
    public static Vector3 Vehicle(SceneRandom random) => random.Weighted(5, 2, 2, 4) switch
    {
        0 => random.Grey(0.3f, 0.65f),
        1 => random.Grey(0.7f, 0.9f),
        2 => random.Grey(0.1f, 0.25f),
        _ => random.Color(0, 6, 0.25f, 0.85f, 0.25f, 0.8f),
    };

    /// <summary>Plaster, brick, concrete.</summary>
    public static Vector3 Building(SceneRandom random) => random.Weighted(4, 3, 3, 2) switch
    {
        0 => random.Color(0.2f, 0.9f, 0.12f, 0.5f, 0.4f, 0.85f),
        1 => random.Grey(0.35f, 0.85f),
        2 => random.Color(-0.1f, 0.45f, 0.35f, 0.65f, 0.35f, 0.65f),
        _ => random.Color(0, 6, 0.1f, 0.4f, 0.4f, 0.8f),
    };

    /// <summary>Stone, concrete, brick: as houses.</summary>
    public static Vector3 Wall(SceneRandom random) => random.Weighted(4, 4, 2) switch
    {
        0 => random.Grey(0.3f, 0.7f),
        1 => random.Color(0.2f, 0.9f, 0.12f, 0.45f, 0.35f, 0.75f),
        _ => random.Color(-0.1f, 0.45f, 0.35f, 0.6f, 0.35f, 0.6f),
    };

    /// <summary>Green of any kind, autumn, sometimes nearly grey.</summary>
    public static Vector3 Leaves(SceneRandom random) => random.Weighted(6, 2, 2) switch
    {
        0 => random.Color(1.15f, 2.1f, 0.3f, 0.65f, 0.34f, 0.62f),
        1 => random.Color(0.3f, 1.1f, 0.35f, 0.7f, 0.35f, 0.65f),
        _ => random.Color(0.8f, 2, 0.12f, 0.35f, 0.3f, 0.55f),
    };

    /// <summary>Grass, dry or fresh.</summary>
    public static Vector3 Turf(SceneRandom random) => random.Weighted(6, 3) switch
    {
        0 => random.Color(1.1f, 1.9f, 0.3f, 0.6f, 0.35f, 0.6f),
        _ => random.Color(0.7f, 1.2f, 0.2f, 0.5f, 0.4f, 0.65f),
    };

    /// <summary>Earth, gravel.</summary>
    public static Vector3 Soil(SceneRandom random) => random.Color(0.3f, 0.9f, 0.15f, 0.45f, 0.3f, 0.55f);

    /// <summary>Any paint of metal things: poles, bars, frames.</summary>
    public static Vector3 Metal(SceneRandom random) => random.Weighted(5, 2, 2) switch
    {
        0 => random.Grey(0.25f, 0.65f),
        1 => random.Grey(0.08f, 0.2f),
        _ => random.Color(0, 6, 0.2f, 0.7f, 0.2f, 0.6f),
    };

    /// <summary>Clothes.</summary>
    public static Vector3 Cloth(SceneRandom random) => random.Weighted(4, 3) switch
    {
        0 => random.Grey(0.08f, 0.8f),
        _ => random.Color(0, 6, 0.2f, 0.8f, 0.15f, 0.75f),
    };

    public static Vector3 Skin(SceneRandom random) => random.Color(0.3f, 0.6f, 0.3f, 0.5f, 0.35f, 0.85f);

    public static Vector3 Glass(SceneRandom random) => random.Color(3, 4, 0.05f, 0.3f, 0.1f, 0.3f);
}
