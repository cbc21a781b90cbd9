namespace PixelNet.Native.Course;

/// <summary>A broken kernel to mend: <c>docs/course/exercises/NAME.md</c> is the task, <c>NAME.cu</c> the kernel.</summary>
public sealed class Exercise
{
    private readonly Func<Random, IEnumerable<ExerciseCase>> cases;

    internal Exercise(string name, string entry, Func<Random, IEnumerable<ExerciseCase>> cases)
    {
        Name = name;
        Entry = entry;
        this.cases = cases;
        Task = Resource(name + ".md");
        Source = Resource(name + ".cu");
    }

    /// <summary>Number from 1, which its name starts with.</summary>
    public int Number => int.Parse(Name.AsSpan(0, 2), provider: null);

    /// <summary>File name without ending, e.g. <c>01_missing_guard</c>.</summary>
    public string Name { get; }

    /// <summary>Name of the kernel.</summary>
    public string Entry { get; }

    /// <summary>First line of the task.</summary>
    public string Title => Task.Split('\n')[0].TrimStart('#', ' ');

    /// <summary>The task, Markdown.</summary>
    public string Task { get; }

    /// <summary>The broken kernel, CUDA C++.</summary>
    public string Source { get; }

    /// <summary>Declaration that a solution must keep, e.g. <c>scale(float* y, const float* x, float a, int n)</c>.</summary>
    public string Declaration => Source[Source.IndexOf(Entry + "(", StringComparison.Ordinal)..].Split('\n')[0];

    /// <summary>The launches that a solution must survive, always the same ones.</summary>
    internal IReadOnlyList<ExerciseCase> Cases() => [.. cases(new Random(Number))];

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(Exercise).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded"));
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
