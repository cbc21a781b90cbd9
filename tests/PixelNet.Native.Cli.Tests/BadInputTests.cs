using System.Buffers.Binary;
using PixelNet.Native.Data.Imaging;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary>Bad input gets one sentence that names what is wrong, exit code 1 or 2, and nothing is lost.</summary>
public partial class BadInputTests(TinyRun tiny) : IClassFixture<TinyRun>
{
    [Fact]
    public void Unknown_verb() => AssertSentence(2, "unknown verb 'trian' (did you mean 'train'?)", "trian");

    [Fact]
    public void Unknown_preset() => AssertSentence(1, "unknown preset 'camvit' (did you mean 'camvid'?)", "train", "--preset", "camvit", "--data", tiny.Data, "--out", tiny.NewPath("o"));

    [Fact]
    public void Unknown_key() => AssertSentence(1, "(did you mean 'steps'?)", Train("--set", "schedule.stepz=5"));

    [Fact]
    public void No_preset() => AssertSentence(2, "name a --preset or a --config", "train", "--data", tiny.Data, "--out", tiny.NewPath("o"));

    [Fact]
    public void Backend_that_is_not_there() => AssertSentence(1, "cuda", Train("--backend", "cuda"));

    [Fact]
    public void Missing_data_folder() => AssertSentence(1, "does not exist", "train", "--preset", "demo", "--data", tiny.NewPath("nowhere"), "--out", tiny.NewPath("o"));

    [Fact]
    public void Empty_data_folder()
    {
        string folder = tiny.NewPath("empty");
        Directory.CreateDirectory(folder);
        AssertSentence(1, "holds no data set", "train", "--preset", "demo", "--data", folder, "--out", tiny.NewPath("o"));
    }

    [Fact]
    public void Output_folder_with_something_in_it()
    {
        string folder = tiny.NewPath("full");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "thesis.doc"), "mine");
        AssertSentence(1, "is not empty", tiny.Arguments(folder));
        var (exit, output, errors) = PixelnetProcess.Run(tiny.Arguments(folder, 2, "--overwrite"));
        Assert.True(exit == 0, output + errors);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(folder, "thesis.doc")));
    }

    [Fact]
    public void Output_folder_that_is_a_file()
    {
        string file = tiny.NewPath("file");
        File.WriteAllText(file, "");
        AssertSentence(1, "is a file", tiny.Arguments(file));
    }

    [Fact]
    public void Image_without_label() => AssertDamaged("label", data => File.Delete(Labels(data)[0]));

    [Fact]
    public void Label_map_of_another_size() => AssertDamaged("32 x 16", data => PngWriter.WriteGrey8(Labels(data)[0], new LabelMap<byte>(32, 16, new byte[32 * 16])));

    [Fact]
    public void Label_id_out_of_range() => AssertDamaged("77", data =>
    {
        var map = PngReader.ReadLabels(Labels(data)[0]);
        map.Labels[5] = 77;
        PngWriter.WriteGrey8(Labels(data)[0], map);
    });

    [Fact]
    public void Truncated_image() => AssertDamaged("leftImg8bit.png", data =>
    {
        string image = Images(data)[0];
        File.WriteAllBytes(image, File.ReadAllBytes(image)[..200]);
    });

    [Fact]
    public void Image_that_claims_to_be_60000_by_60000() => AssertDamaged("60000", data =>
    {
        string image = Images(data)[0];
        byte[] bytes = File.ReadAllBytes(image);
        new byte[] { 0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60 }.CopyTo(bytes, 16);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), Crc(bytes.AsSpan(12, 17)));
        File.WriteAllBytes(image, bytes);
    });

    [Fact]
    public void A_step_whose_images_have_no_valid_pixel() => AssertDamaged("has a pixel to train on", data =>
    {
        foreach (string labels in Labels(data)) PngWriter.WriteGrey8(labels, new LabelMap<byte>(64, 32, [.. Enumerable.Repeat((byte)29, 64 * 32)]));
    });

    [Fact]
    public void An_image_without_a_valid_pixel_and_a_class_that_never_occurs_are_no_errors()
    {
        string data = Copy();
        // One image is void, all others are road and sky.
        string[] files = Labels(data);
        for (int i = 0; i < files.Length; i++) PngWriter.WriteGrey8(files[i], new LabelMap<byte>(64, 32, [.. Enumerable.Range(0, 64 * 32).Select(p => (byte)(i == 0 ? 29 : p < 1024 ? 23 : 7))]));
        var (exit, output, errors) = PixelnetProcess.Run([.. Train("--data", data)]);
        Assert.True(exit == 0, output + errors);
        Assert.Contains("no labelled pixel", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_that_was_changed_under_a_run()
    {
        string folder = tiny.Train("changed", 6), config = Path.Combine(folder, "config.toml");
        File.WriteAllText(config, File.ReadAllText(config).Replace("steps = 6", "steps = 9", StringComparison.Ordinal));
        AssertSentence(1, "steps = 6", "train", "--data", tiny.Data, "--out", folder, "--resume");
    }

    [Fact]
    public void A_truncated_checkpoint()
    {
        string folder = tiny.Train("truncated", 3), last = Path.Combine(folder, "last.safetensors");
        File.WriteAllBytes(last, File.ReadAllBytes(last)[..10_000]);
        AssertSentence(1, "last.safetensors", "train", "--data", tiny.Data, "--out", folder, "--resume");
    }

    [Fact]
    public void A_full_disk_in_the_middle_of_a_checkpoint_leaves_the_old_one_valid()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a small file system can be mounted by root on Linux only");
        string disk = tiny.NewPath("disk"), whole = tiny.Train("whole"), rescued = tiny.NewPath("rescued");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(Mount("mount", "-t", "tmpfs", "-o", "size=1700k", "tmpfs", disk), "no file system can be mounted here");
        try
        {
            string folder = Path.Combine(disk, "run");
            var (exit, output, errors) = PixelnetProcess.Run(tiny.Arguments(folder));
            Assert.True(exit == 1, output + errors);
            Assert.Contains("disk is full", errors, StringComparison.Ordinal);
            Directory.CreateDirectory(rescued);
            foreach (string name in new[] { "config.toml", "log.csv", "last.safetensors" }) File.Copy(Path.Combine(folder, name), Path.Combine(rescued, name));
        }
        finally
        {
            Mount("umount", disk);
        }
        var again = PixelnetProcess.Run("train", "--data", tiny.Data, "--out", rescued, "--resume");
        Assert.True(again.ExitCode == 0, again.Output + again.Errors);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "last.safetensors")), File.ReadAllBytes(Path.Combine(rescued, "last.safetensors")));
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
        }
        return ~crc;
    }

    private static bool Mount(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static string[] Labels(string data) => [.. Directory.EnumerateFiles(Path.Combine(data, "gtFine", "train"), "*_labelIds.png", SearchOption.AllDirectories).Order()];

    private static string[] Images(string data) => [.. Directory.EnumerateFiles(Path.Combine(data, "leftImg8bit", "train"), "*.png", SearchOption.AllDirectories).Order()];

    private static void AssertSentence(int exitCode, string part, params string[] arguments)
    {
        var (exit, output, errors) = PixelnetProcess.Run(arguments);
        Assert.True(exit == exitCode, $"exit code {exit}: {output}{errors}");
        Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
        Assert.True(errors.Contains(part, StringComparison.Ordinal), $"\"{part}\" is not in: {errors}");
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("defect of the program", errors, StringComparison.Ordinal);
    }

    private void AssertDamaged(string part, Action<string> damage)
    {
        string data = Copy();
        damage(data);
        AssertSentence(1, part, Train("--data", data));
    }

    private string[] Train(params string[] more)
    {
        string[] arguments = tiny.Arguments(tiny.NewPath("out"), 6);
        int data = Array.IndexOf(more, "--data");
        if (data >= 0) arguments[Array.IndexOf(arguments, "--data") + 1] = more[data + 1];
        return data >= 0 ? arguments : [.. arguments, .. more];
    }

    private string Copy()
    {
        string copy = tiny.NewPath("data");
        foreach (string file in Directory.EnumerateFiles(tiny.Data, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(copy, Path.GetRelativePath(tiny.Data, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return copy;
    }
}
