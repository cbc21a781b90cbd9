using System.Text.Json;
using PixelNet.Native.Course;
using PixelNet.Native.Ptx.Compilation;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>pixelnet course</c> as students call it.</summary>
public class CourseTests
{
    private static readonly string Root = RepositoryRoot();
    private static readonly string Ptx = Path.Combine(Root, "tests", "PixelNet.Native.Course.Tests", "Ptx");

    [Fact]
    public void List_and_show_print_tasks_and_kernels()
    {
        var list = PixelnetProcess.Run("course", "list");
        Assert.Equal(0, list.ExitCode);
        Assert.All(Exercises.All, exercise => Assert.True(File.Exists(Path.Combine(Root, "docs", "course", "exercises", exercise.Name + ".cu")) && list.Output.Contains(exercise.Title, StringComparison.Ordinal)));
        Assert.Contains(Exercises.All[6].Task[2..], PixelnetProcess.Run("course", "show", "7").Output.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Equal(Exercises.All[6].Source, PixelnetProcess.Run("course", "show", "7", "--source").Output.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void Check_says_what_is_wrong_and_when_it_is_solved()
    {
        var broken = PixelnetProcess.Run("course", "check", "8", Path.Combine(Ptx, "exercises", "08_blocks_on_one_word.ptx"));
        Assert.Equal(1, broken.ExitCode);
        Assert.Contains("global-race at M = 64, N = 64; M = 100, N = 70", broken.Output, StringComparison.Ordinal);
        Assert.Contains("2 things are wrong", broken.Output, StringComparison.Ordinal);
        var solved = PixelnetProcess.Run("course", "check", "8", Path.Combine(Ptx, "solutions", "08_blocks_on_one_word.ptx"), "--json", "-");
        Assert.Equal(0, solved.ExitCode);
        using var json = JsonDocument.Parse(solved.Output);
        Assert.True(json.RootElement.GetProperty("solved").GetBoolean());
    }

    [Theory]
    [InlineData("there is no exercise 99", "check", "99", "kernel.cu")]
    [InlineData("kernel.cu", "check", "1", "kernel.cu")]
    [InlineData("there is no exercise 0", "show", "0")]
    public void Wrong_calls_are_told_in_a_sentence(string sentence, params string[] call)
    {
        var (exit, _, errors) = PixelnetProcess.Run([.. call.Prepend("course")]);
        Assert.Equal(2, exit);
        Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
    }

    [Fact, Trait("Category", "All")]
    public void A_source_is_compiled_and_its_lines_are_named()
    {
        Assert.SkipWhen(NvrtcSearch.Find() is null, "there is no NVRTC: run ./build.sh kernels on Debian, or set PIXELNET_NVRTC");
        var (exit, output, errors) = PixelnetProcess.Run("course", "check", "1", Path.Combine(Root, "docs", "course", "exercises", "01_missing_guard.cu"));
        Assert.True(exit == 1, output + errors);
        Assert.Contains("line 9: out-of-bounds at n = 300; n = 1", output, StringComparison.Ordinal);
        Assert.Contains("    y[i] = a * x[i];", output, StringComparison.Ordinal);
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PixelNet.Native.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }
}
