using Xunit;

namespace PixelNet.Native.Data.Tests;

public sealed class AtomicFileTests
{
    [Fact]
    public void A_write_replaces_the_file_and_leaves_nothing_else()
    {
        using var folder = new TestFolder();
        string path = folder.File("a.txt");
        AtomicFile.WriteText(path, "old");
        File.WriteAllText(path + ".partial", "left by a killed process");
        AtomicFile.WriteText(path, "new");
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_failure_keeps_the_old_file_and_removes_the_temporary()
    {
        using var folder = new TestFolder();
        string path = folder.File("a.txt");
        AtomicFile.WriteText(path, "old");
        int diskFull = OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28;
        var failure = Assert.Throws<PixelNetException>(() => AtomicFile.Write(path, stream =>
        {
            stream.WriteByte(1);
            throw new IOException("No space left on device", diskFull);
        }));
        Assert.Contains("the disk is full", failure.Message);
        Assert.Contains(path, failure.Message);
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, _ => throw new InvalidOperationException()));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        using var folder = new TestFolder();
        string path = Path.Combine(folder.Path, "no", "a.txt");
        Assert.Contains("its folder does not exist", Assert.Throws<PixelNetException>(() => AtomicFile.WriteText(path, "")).Message);
        string blocked = folder.File("folder", "x");
        Directory.CreateDirectory(blocked);
        Assert.Contains(blocked, Assert.Throws<PixelNetException>(() => AtomicFile.WriteText(blocked, "")).Message);
    }

    [Fact]
    public void A_full_disk_keeps_the_old_file()
    {
        // Linux offers a device that is always full; a file cannot be renamed into it, but the error code is the real one.
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /dev/full");
        using var folder = new TestFolder();
        string path = folder.File("a.txt");
        AtomicFile.WriteText(path, "old");
        var failure = Assert.Throws<PixelNetException>(() => AtomicFile.Write(path, _ =>
        {
            using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
            full.Write(new byte[8192]);
        }));
        Assert.Contains("the disk is full", failure.Message);
        Assert.Equal("old", File.ReadAllText(path));
    }
}
