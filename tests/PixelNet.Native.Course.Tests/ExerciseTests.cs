using PixelNet.Native.Ptx;
using Xunit;

namespace PixelNet.Native.Course.Tests;

/// <summary>
/// Each broken kernel is found, of the right kind and at the line of its mistake; each solution is clean and right. Both from committed PTX; RecompileTests
/// compares its bytes with the sources.
/// </summary>
public class ExerciseTests
{
    // What each is reported as, and how the lines begin at which it may be.
    [Theory]
    [InlineData(1, "out-of-bounds", "y[i] = a * x[i];")]
    [InlineData(2, "out-of-bounds", "y[row * W + col] = (pixel[0]")]
    [InlineData(3, "out-of-bounds", "for (int n = 0; n < N; n++) sum += x[n * ld + m];")]
    [InlineData(4, "out-of-bounds", "s[t] = x[i];")]
    [InlineData(5, "misaligned", "float4 v = ")]
    [InlineData(6, "uninitialised-shared", "if (i < n) y[i] = (s[t] + s[t + 1] + s[t + 2]) / 3;")]
    [InlineData(7, "shared-race", "as[row][col] = ", "bs[row][col] = ", "for (int i = 0; i < 16; i++) sum += ")]
    [InlineData(8, "global-race", "partial[n] = sum;")]
    [InlineData(9, "barrier-divergence", "__syncthreads();")]
    [InlineData(10, "missing-async-wait", "for (int i = t; i < 256; i += 64) y[first + i] = s[255 - i];")]
    [InlineData(11, "global-race", "counts[labels[i]] += 1;")]
    [InlineData(12, "barrier-divergence", "for (int offset = 16;")]
    [InlineData(13, "uninitialised-global", "for (int m = 0; m < M; m++) db[n] += ")]
    [InlineData(14, "instruction-limit", "while (low < high)", "int middle = ", "if (u[i] < edges[middle])", "else low = middle;")]
    public void TheBrokenKernelIsFound(int number, string kind, params string[] lines)
    {
        var exercise = Exercises.All[number - 1];
        var report = ExerciseCheck.Run(exercise, Module("exercises", exercise.Name));
        var findings = report.Mistakes.Where(m => m.Kind != "wrong-result").ToList();
        Assert.NotEmpty(findings);
        string[] source = exercise.Source.Split('\n');
        Assert.All(findings, f =>
        {
            Assert.Equal(kind, f.Kind);
            Assert.Contains(lines, line => source[f.SourceLine - 1].TrimStart().StartsWith(line, StringComparison.Ordinal));
        });
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join("\n", report.Mistakes));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void TheSolutionIsCleanAndRight(int number)
    {
        var exercise = Exercises.All[number - 1];
        var report = ExerciseCheck.Run(exercise, Module("solutions", exercise.Name));
        Assert.True(report.IsSolved, string.Join("\n", report.Mistakes.Select(m => $"{m.SourceLine} {m}")));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void EachHasATaskAndASolutionOfTheSameKernel(int number)
    {
        var exercise = Exercises.All[number - 1];
        string solution = Resource($"solutions/{exercise.Name}.cu");
        Assert.Equal(number, exercise.Number);
        Assert.StartsWith("# ", exercise.Task, StringComparison.Ordinal);
        Assert.StartsWith("// target compute_", exercise.Source, StringComparison.Ordinal);
        Assert.NotEqual(exercise.Source, solution);
        Assert.Contains($"extern \"C\" __global__ void {exercise.Declaration}\n", solution, StringComparison.Ordinal);
    }

    [Fact]
    public void AKernelOfAnotherNameOrOtherParametersIsToldSo()
    {
        var report = ExerciseCheck.Run(Exercises.All[0], Module("solutions", "02_width_for_height"));
        Assert.Equal("declaration", Assert.Single(report.Mistakes).Kind);
        string text = Resource("solutions/01_missing_guard.ptx").Replace(".u32 scale_param_3", ".u64 scale_param_3", StringComparison.Ordinal);
        Assert.Equal("declaration", Assert.Single(ExerciseCheck.Run(Exercises.All[0], PtxModule.Parse(text)).Mistakes).Kind);
    }

    [Fact]
    public void AWrongResultAloneIsAMistake()
    {
        // a x + a x, no rule broken.
        string text = Resource("solutions/01_missing_guard.ptx").Replace("mul.f32", "add.f32", StringComparison.Ordinal);
        var mistake = Assert.Single(ExerciseCheck.Run(Exercises.All[0], PtxModule.Parse(text)).Mistakes);
        Assert.Equal(("wrong-result", 3), (mistake.Kind, mistake.Sizes.Count));
        Assert.Contains("256 of 256 elements of y are wrong", mistake.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFindingNamesTheElementAndTheThread()
    {
        var mistake = Assert.Single(ExerciseCheck.Run(Exercises.All[0], Module("exercises", "01_missing_guard")).Mistakes);
        Assert.Contains("that is x[300], and x has 300 elements: first in thread (44, 0, 0) of block (2, 0, 0)", mistake.Message, StringComparison.Ordinal);
        Assert.Equal(["n = 300", "n = 1"], mistake.Sizes);
    }

    public static TheoryData<int> Numbers => [.. Exercises.All.Select(e => e.Number)];

    private static PtxModule Module(string folder, string name) => PtxModule.Parse(Resource($"{folder}/{name}.ptx"), LineMap.Parse(Resource($"{folder}/{name}.lines")));

    private static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(ExerciseTests).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"{name} is not embedded"));
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
