using PixelNet.Native.Data.Presets;

namespace PixelNet.Native.Data.Runs;

/// <summary>A change of the configuration after which a run fits.</summary>
/// <param name="Settings">As <c>--set</c> takes them.</param>
/// <param name="Bytes">What the run takes then.</param>
public sealed record PlanChange(IReadOnlyList<string> Settings, long Bytes);

/// <summary>What to change in a configuration that does not fit: each of its sizes alone, halved until the run fits; where none does, all of them.</summary>
public static class PlanChanges
{
    private const int SmallestImage = 32, FewestPixels = 100, NarrowestLayer = 16;

    // Each gives the next smaller configuration and the settings that make it; null = there is none.
    private static readonly Func<RunConfig, (RunConfig Config, string[] Settings)?>[] Smaller =
    [
        c => c.Sampling.Images == 1 ? null : With(c with { Sampling = c.Sampling with { Images = c.Sampling.Images / 2 } }, n => [$"sampling.images={n.Sampling.Images}"]),
        c => c.Sampling.Pixels < 2 * FewestPixels ? null : With(c with { Sampling = c.Sampling with { Pixels = c.Sampling.Pixels / 2 } }, n => [$"sampling.pixels={n.Sampling.Pixels}"]),
        c => Math.Min(c.Input.Width, c.Input.Height) < 2 * SmallestImage ? null
            : With(c with { Input = c.Input with { Width = c.Input.Width / 2, Height = c.Input.Height / 2 } }, n => [$"input.width={n.Input.Width}", $"input.height={n.Input.Height}"]),
        c => c.Model.Head.Count == 0 || c.Model.Head.Min() < 2 * NarrowestLayer ? null
            : With(c with { Model = c.Model with { Head = [.. c.Model.Head.Select(width => width / 2)] } }, n => [$"model.head=[{string.Join(", ", n.Model.Head)}]"]),
    ];

    /// <summary>The changes, each with what the run takes then; empty = even the smallest sizes do not fit.</summary>
    /// <param name="config">What does not fit.</param>
    /// <param name="limit">Bytes that there are.</param>
    /// <param name="bytesOf">What a configuration takes.</param>
    public static IReadOnlyList<PlanChange> Find(RunConfig config, long limit, Func<RunConfig, long> bytesOf)
    {
        var found = new List<PlanChange>();
        foreach (var smaller in Smaller)
        {
            var tried = smaller(config);
            while (tried is { } next && bytesOf(next.Config) > limit) tried = smaller(next.Config);
            if (tried is var (changed, settings)) found.Add(new(settings, bytesOf(changed)));
        }
        return found.Count > 0 ? found : Together(config, limit, bytesOf);
    }

    private static IReadOnlyList<PlanChange> Together(RunConfig config, long limit, Func<RunConfig, long> bytesOf)
    {
        var settings = new string[Smaller.Length][];
        while (true)
        {
            bool any = false;
            for (int i = 0; i < Smaller.Length; i++)
            {
                if (Smaller[i](config) is not var (smaller, made)) continue;
                (config, settings[i], any) = (smaller, made, true);
                long bytes = bytesOf(config);
                if (bytes <= limit) return [new([.. settings.Where(s => s is not null).SelectMany(s => s)], bytes)];
            }
            if (!any) return [];
        }
    }

    private static (RunConfig, string[])? With(RunConfig config, Func<RunConfig, string[]> settings) => (config, settings(config));
}
