using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.Tests;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

// What only a data set with JPEG images and other classes can show, folders that nobody may write to, and checkpoints of another network.
public partial class BadInputTests
{
    [Fact]
    public void Truncated_jpeg() => AssertDamagedCamVid("b2.jpg", data =>
    {
        string image = Path.Combine(data, "train", "b2.jpg");
        File.WriteAllBytes(image, File.ReadAllBytes(image)[..^40]);
    });

    [Fact]
    public void Jpeg_that_claims_to_be_60000_by_60000() => AssertDamagedCamVid("60000", data =>
    {
        string image = Path.Combine(data, "train", "b2.jpg");
        byte[] bytes = File.ReadAllBytes(image);
        // Behind the marker of the frame: length, precision, height, width.
        int frame = bytes.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        new byte[] { 0xEA, 0x60, 0xEA, 0x60 }.CopyTo(bytes, frame + 5);
        File.WriteAllBytes(image, bytes);
    });

    [Fact]
    public void Truncated_label_map() => AssertDamagedCamVid(Path.Combine("trainannot", "b1.png"), data =>
    {
        string labels = Path.Combine(data, "trainannot", "b1.png");
        File.WriteAllBytes(labels, File.ReadAllBytes(labels)[..^20]);
    });

    [Fact]
    public void Label_id_out_of_range_of_camvid() => AssertDamagedCamVid("12", data =>
        PngWriter.WriteGrey8(Path.Combine(data, "trainannot", "b1.png"), new LabelMap<byte>(64, 32, [.. Enumerable.Repeat((byte)12, 64 * 32)])));

    [Fact]
    public void List_that_names_a_file_which_is_not_there() => AssertDamagedCamVid("b0.jpg", data => File.Delete(Path.Combine(data, "train", "b0.jpg")));

    [Fact]
    public void A_checkpoint_of_another_network_names_the_first_tensor_that_differs()
    {
        // The run's configuration is the same; what the data set adds to it, the number of classes, is not.
        string folder = tiny.Train("cityscapes", 3, "--val-split", "none");
        byte[] last = File.ReadAllBytes(Path.Combine(folder, "last.safetensors"));
        AssertSentence(1, "tensor 'head.2.weight' is [19, 16] there and [11, 16] here", "train", "--data", CamVid(), "--out", folder, "--resume", "--val-split", "none");
        Assert.Equal(last, File.ReadAllBytes(Path.Combine(folder, "last.safetensors")));
    }

    [Fact]
    public void A_file_that_is_no_checkpoint()
    {
        string folder = tiny.Train("text", 3), last = Path.Combine(folder, "last.safetensors");
        File.WriteAllText(last, "not a checkpoint, but as long as a header could be");
        AssertSentence(1, "is not a valid safetensors file", "train", "--data", tiny.Data, "--out", folder, "--resume");
    }

    [Fact]
    public void Output_folder_that_nobody_may_write_to()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("permissions of folders are others there");
        string parent = tiny.NewPath("read-only");
        Directory.CreateDirectory(parent);
        // Root may write wherever the file system may be written to.
        bool mounted = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess;
        if (mounted) Assert.SkipUnless(Mount("mount", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", parent), "no file system can be mounted here");
        else if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(parent, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            AssertSentence(1, "cannot be written to", tiny.Arguments(Path.Combine(parent, "run")));
        }
        finally
        {
            if (mounted) Mount("umount", parent);
            else if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(parent, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private void AssertDamagedCamVid(string part, Action<string> damage)
    {
        string data = CamVid();
        damage(data);
        AssertSentence(1, part, [.. Train("--data", data), "--val-split", "none"]);
    }

    /// <summary>Four images of 64x32 in CamVid's layout.</summary>
    private string CamVid()
    {
        string data = tiny.NewPath("camvid");
        foreach (string folder in new[] { "train", "trainannot" }) Directory.CreateDirectory(Path.Combine(data, folder));
        var lines = new List<string>();
        for (int i = 0; i < 4; i++)
        {
            var blocks = new byte[4, 8];
            for (int b = 0; b < 32; b++) blocks[b / 8, b % 8] = (byte)(b * 7 + i);
            File.WriteAllBytes(Path.Combine(data, "train", $"b{i}.jpg"), TestJpeg.Encode(blocks, color: true));
            PngWriter.WriteGrey8(Path.Combine(data, "trainannot", $"b{i}.png"), new LabelMap<byte>(64, 32, [.. Enumerable.Range(0, 64 * 32).Select(p => (byte)(p / 64 / 3))]));
            lines.Add($"train/b{i}.jpg trainannot/b{i}.png");
        }
        File.WriteAllLines(Path.Combine(data, "train.txt"), lines);
        return data;
    }
}
