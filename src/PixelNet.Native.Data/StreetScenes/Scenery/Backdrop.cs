using System.Numerics;
using PixelNet.Native.Data.StreetScenes.Drawing;

namespace PixelNet.Native.Data.StreetScenes.Scenery;

/// <summary>Sky, what closes the street at its end, and the frame of the camera: bonnet and border.</summary>
internal static class Backdrop
{
    /// <summary>Weather: light and the colours of the sky.</summary>
    internal readonly record struct Weather(Light Light, Vector3 Zenith, Vector3 Horizon, Vector3 Cloud, float Cover);

    public static Weather ChooseWeather(SceneRandom random)
    {
        bool overcast = random.Chance(0.4f);
        float warmth = random.Range(0, 1) * random.Range(0, 1);
        Vector3 zenith, horizon;
        if (overcast)
        {
            zenith = random.Grey(0.5f, 0.85f);
            horizon = Shape.Mix(zenith, new Vector3(0.92f), 0.6f);
        }
        else
        {
            zenith = Shape.Mix(random.Color(3.2f, 3.8f, 0.25f, 0.65f, 0.55f, 0.9f), new Vector3(0.75f, 0.6f, 0.5f), 0.6f * warmth);
            horizon = Shape.Mix(Shape.Mix(zenith, new Vector3(0.9f, 0.93f, 0.95f), 0.7f), new Vector3(0.98f, 0.8f, 0.55f), 0.7f * warmth);
        }
        var sun = Shape.Unit(new Vector3(random.Range(-1, 1), random.Range(0.45f, 1.2f), random.Range(-1, 1)));
        float power = overcast ? 0 : random.Range(0.35f, 0.6f);
        var light = new Light
        {
            Sun = sun,
            Direct = new Vector3(1, 0.95f - 0.12f * warmth, 0.86f - 0.3f * warmth) * power,
            Ambient = (overcast ? new Vector3(0.98f, 1, 1.03f) : new Vector3(0.68f, 0.71f, 0.76f)) * random.Range(0.88f, 1.1f),
            Haze = Shape.Mix(horizon, new Vector3(0.75f), 0.3f),
            HazeDensity = random.Chance(0.2f) ? random.Range(0.004f, 0.012f) : random.Range(0.0008f, 0.004f),
            Shadow = overcast ? 0 : random.Range(0.25f, 0.5f),
        };
        var cloud = Shape.Mix(overcast ? random.Grey(0.6f, 0.9f) : new Vector3(0.96f), horizon, 0.25f);
        return new Weather(light, zenith, horizon, cloud, overcast ? random.Range(-0.1f, 0.3f) : random.Range(-0.6f, 0.05f));
    }

    /// <summary>Down to a little below the horizon; the ground follows.</summary>
    public static void DrawSky(Stage stage, in Weather weather)
    {
        var sky = new Sky(weather.Zenith, weather.Horizon, weather.Cloud, weather.Cover, stage.Camera.Horizon, stage.Canvas.PixelSize.Y, stage.Random.Seed());
        float bottom = MathF.Min(1, stage.Camera.Horizon + 0.05f);
        stage.Canvas.Fill([new(0, 0), new(Camera.FrameWidth, 0), new(Camera.FrameWidth, bottom), new(0, bottom)], sky, Mark.Stuff(LabelId.Sky));
    }

    /// <summary>Far woods and roofs above the horizon, then what stands across the street's end.</summary>
    public static void DrawEnd(Stage stage, StreetPlan plan)
    {
        var random = stage.Random;
        for (float x = -260; x < 260;)
        {
            float width = random.Range(20, 90), z = random.Range(190, 260);
            if (random.Chance(0.55f)) Plants.DrawWood(stage, x, x + width, z, random.Range(6, 22), Coat.Leaves(random));
            else if (random.Chance(0.6f)) Houses.DrawAcross(stage, x, x + 0.6f * width, z, random.Range(8, 30), Houses.ChooseStyle(random, town: true));
            x += width * random.Range(0.5f, 1);
        }
        float at = plan.End + 14, left = plan.Left.PavementEnd, right = plan.Right.PavementEnd;
        switch (random.Weighted(4, 3, 2, 3))
        {
            case 0: // a row of houses: the street ends in a junction
                for (float x = left - 30; x < right + 30;)
                {
                    float width = random.Range(9, 20);
                    Houses.DrawAcross(stage, x, x + width, at, random.Range(7, 20), Houses.ChooseStyle(random, town: true));
                    x += width;
                }
                break;
            case 1:
                Plants.DrawWood(stage, left - 60, right + 60, at, random.Range(7, 16), Coat.Leaves(random));
                break;
            case 2:
                Plants.DrawWood(stage, left - 60, right + 60, at + 8, random.Range(5, 12), Coat.Leaves(random));
                Barriers.DrawWallAcross(stage, left - 40, right + 40, at, Barriers.ChooseWall(random) with { Height = random.Range(2.5f, 4.5f) });
                break;
        }
    }

    /// <summary>The bonnet of the car that carries the camera, and the strips at the frame's sides that have no picture after rectification.</summary>
    public static void DrawFrame(Stage stage)
    {
        var random = stage.Random;
        var canvas = stage.Canvas;
        if (random.Chance(0.6f))
        {
            float top = random.Range(0.9f, 0.965f), center = random.Range(0.9f, 1.1f), rise = random.Range(0.04f, 0.09f);
            Span<Vector2> outline = stackalloc Vector2[14];
            outline[0] = new Vector2(2.2f, 1.1f);
            outline[1] = new Vector2(-0.2f, 1.1f);
            for (int i = 0; i < 12; i++)
            {
                float u = -0.2f + 2.4f * i / 11, d = u - center;
                outline[2 + i] = new Vector2(u, top + rise * d * d);
            }
            canvas.Fill(outline, new Bonnet(Coat.Vehicle(random) * 0.8f, top, random.Seed()), Mark.Stuff(LabelId.EgoVehicle));
        }
        float strip = 0.004f;
        canvas.Outline([new(0, 0), new(strip, 0), new(strip, 1), new(0, 1)], Mark.Stuff(LabelId.OutOfRoi));
        canvas.Outline([new(Camera.FrameWidth - strip, 0), new(Camera.FrameWidth, 0), new(Camera.FrameWidth, 1), new(Camera.FrameWidth - strip, 1)], Mark.Stuff(LabelId.OutOfRoi));
    }

    // Paint that mirrors the sky towards its far edge.
    private readonly struct Bonnet(Vector3 color, float top, uint seed) : IPaint
    {
        public Vector4 At(float u, float v)
        {
            float shine = Shape.Clamp01(1 - (v - top) * 14);
            float mirror = Noise.Fractal(3 * u, 9 * v, 0, 3, seed);
            return new Vector4(color * (0.8f + 0.2f * mirror) + new Vector3(0.45f) * shine * shine, 1);
        }
    }
}
