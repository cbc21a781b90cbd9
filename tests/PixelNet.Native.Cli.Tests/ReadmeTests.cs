using System.Text.RegularExpressions;
using PixelNet.Native.KernelBench.Results;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary>What README.md and docs/ say of other files: tables are those of benchmarks/results, links lead somewhere, verbs exist.</summary>
public partial class ReadmeTests
{
    private static readonly string Root = RepositoryRoot();

    [Fact]
    public void Tables_are_those_of_the_committed_results()
    {
        string readme = Text("README.md");
        var blocks = Table().Matches(readme);
        Assert.NotEmpty(blocks);
        foreach (Match block in blocks)
        {
            string table = string.Concat(Text(block.Groups[1].Value).Split('\n').Where(line => line.StartsWith('|')).Select(line => line + "\n"));
            Assert.True(table == block.Groups[2].Value, $"README.md does not hold the table of {block.Groups[1].Value}: run ./build.sh bench readme");
        }
    }

    [Fact]
    public void What_it_says_of_GPUs_is_that_of_the_committed_results()
    {
        string readme = Text("README.md");
        Assert.Contains(ReadmeSection.Start + "\n", readme, StringComparison.Ordinal);
        Assert.True(ReadmeSection.Fill(readme, Path.Combine(Root, "benchmarks", "results")) == readme, "README.md does not hold the results of GPUs: run ./build.sh bench readme");
    }

    [Fact]
    public void Links_between_pages_lead_to_files()
    {
        string[] pages = [Path.Combine(Root, "README.md"), Path.Combine(Root, "kernels", "README.md"), .. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories)];
        foreach (string page in pages)
            foreach (Match link in Link().Matches(File.ReadAllText(page)))
            {
                string target = Path.Combine(Path.GetDirectoryName(page)!, link.Groups[1].Value);
                Assert.True(File.Exists(target) || Directory.Exists(target), $"{Path.GetRelativePath(Root, page)} links to {link.Groups[1].Value}, which is not there");
            }
    }

    [Fact]
    public void Verbs_of_the_program_that_pages_name_exist()
    {
        string program = File.ReadAllText(Path.Combine(Root, "src", "PixelNet.Native.Cli", "Program.cs"));
        foreach (string page in (string[])["README.md", .. Directory.GetFiles(Path.Combine(Root, "docs"), "*.md").Select(path => Path.GetRelativePath(Root, path))])
            foreach (Match call in Call().Matches(Text(page)))
                Assert.True(program.Contains($"{call.Groups[1].Value}Verb.Create", StringComparison.OrdinalIgnoreCase), $"{page} calls the verb {call.Groups[1].Value}, which the program does not have");
    }

    private static string Text(string path) => File.ReadAllText(Path.Combine(Root, path)).ReplaceLineEndings("\n");

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "PixelNet.Native.sln"))) folder = folder.Parent!;
        return folder.FullName;
    }

    [GeneratedRegex(@"<!-- table (benchmarks/results/[\w./-]+\.md) -->\n((?s:.*?))<!-- end -->")]
    private static partial Regex Table();

    [GeneratedRegex(@"\]\(([\w][\w./-]*)(?:#[\w-]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\./build\.sh run -- ([a-z]+)")]
    private static partial Regex Call();
}
