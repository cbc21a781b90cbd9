using System.Text.RegularExpressions;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary>build.sh and build.ps1 have the same verbs, and each explains all of its own.</summary>
public partial class BuildScriptTests
{
    private static readonly string Root = RepositoryRoot();

    [Fact]
    public void Both_scripts_have_the_same_verbs()
    {
        string[] bash = Verbs("build.sh", BashCase()), powershell = Verbs("build.ps1", PowerShellCase());
        Assert.NotEmpty(bash);
        Assert.Equal(bash, powershell);
    }

    [Theory]
    [InlineData("build.sh")]
    [InlineData("build.ps1")]
    public void Each_verb_is_explained_in_the_head_of_the_script(string script)
    {
        string[] explained = [.. Explanation().Matches(File.ReadAllText(Path.Combine(Root, script))).Select(match => match.Groups[1].Value).Distinct().Order()];
        Assert.Equal(Verbs("build.sh", BashCase()), explained);
    }

    private static string[] Verbs(string script, Regex pattern) =>
        [.. pattern.Matches(File.ReadAllText(Path.Combine(Root, script))).Select(match => match.Groups[1].Value).Order()];

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PixelNet.Native.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"^    ([a-z][a-z-]*)\) ", RegexOptions.Multiline)]
    private static partial Regex BashCase();

    [GeneratedRegex(@"^    '([a-z][a-z-]*)' \{", RegexOptions.Multiline)]
    private static partial Regex PowerShellCase();

    [GeneratedRegex(@"^#   \./build\.(?:sh|ps1) ([a-z-]+)", RegexOptions.Multiline)]
    private static partial Regex Explanation();
}
