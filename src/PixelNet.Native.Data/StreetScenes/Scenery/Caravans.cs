using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Rare vehicles that are labelled and not evaluated: caravans and trailers.</summary>
internal static class Caravans
{
    /// <summary>A caravan behind its car, the caravan's rear at the frame's origin.</summary>
    public static void Draw(Stage stage, in Frame frame)
    {
        var towing = frame.Ahead(5.6f);
        if (frame.Forward.Z >= 0)
        {
            Cars.Draw(stage, towing);
            DrawCaravan(stage, frame);
        }
        else
        {
            DrawCaravan(stage, frame);
            Cars.Draw(stage, towing);
        }
    }

    /// <summary>A parked trailer with a low box.</summary>
    public static void DrawTrailer(Stage stage, in Frame frame)
    {
        var mark = stage.NewInstance(LabelId.Trailer);
        var paint = Coat.Vehicle(stage.Random);
        var box = Solid.Box(0.5f, 1.25f, 0.85f, 0, 2.6f);
        Undercarriage.Shadow(stage, frame, 0.85f, 2.6f, 0.8f);
        Undercarriage.Chassis(stage, frame, 0.3f, 0.5f, 0.5f, 0.1f, 3.4f, mark);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right, Side.Rear, Side.Front, Side.Top])
        {
            if (!box.TryFace(stage, frame, side, out var face)) continue;
            stage.Fill(face.Surface, face.Outline, new Plain(side == Side.Top ? paint * 0.4f : paint, 0.06f), mark);
            if (side is Side.Left or Side.Right) Undercarriage.Wheel(stage, face.Surface, 1.2f, -0.2f, 0.3f, mark);
        }
    }

    private static void DrawCaravan(Stage stage, in Frame frame)
    {
        var mark = stage.NewInstance(LabelId.Caravan);
        var white = stage.Random.Grey(0.75f, 0.9f);
        var glass = Coat.Glass(stage.Random);
        var box = new Solid(0.45f, 2.5f, 1.1f, 1.05f, 0, 4.6f, 0.2f, 4.3f);
        Undercarriage.Shadow(stage, frame, 1.1f, 4.6f, 2);
        Undercarriage.Chassis(stage, frame, 0.25f, 0.5f, 0.6f, 0.3f, 5.6f, mark);
        foreach (var side in (ReadOnlySpan<Side>)[Side.Left, Side.Right, Side.Rear, Side.Front])
        {
            if (!box.TryFace(stage, frame, side, out var face)) continue;
            stage.Fill(face.Surface, face.Outline, new Plain(white, 0.03f), mark);
            stage.Fill(face.Surface, face.Inset(0.45f, 0.75f, side is Side.Rear or Side.Front ? 0.3f : 0.9f), new Plain(glass, 0.05f), mark);
            stage.Fill(face.Surface, face.Inset(0.2f, 0.26f, 0.02f), new Plain(new Vector3(0.3f, 0.35f, 0.5f), 0), mark);
            if (side is Side.Left or Side.Right) Undercarriage.Wheel(stage, face.Surface, 2.1f, -0.12f, 0.32f, mark);
        }
    }
}
