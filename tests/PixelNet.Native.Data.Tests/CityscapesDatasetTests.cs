using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Data.Imaging;
using Xunit;

namespace PixelNet.Native.Data.Tests;

public sealed class CityscapesDatasetTests
{
    [Fact]
    public void The_label_table_has_its_known_sums()
    {
        var all = CityscapesLabels.All;
        Assert.Equal(35, all.Count);
        for (int id = 0; id < CityscapesLabels.IdCount; id++) Assert.Equal(id, all[id].Id);
        Assert.Equal(Enumerable.Range(0, 19), CityscapesLabels.Evaluated.Select(l => l.TrainId));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 9, 10, 14, 15, 16, 18, 29, 30, -1], all.Where(l => l.IgnoreInEval).Select(l => l.Id));
        Assert.Equal(["person", "rider", "car", "truck", "bus", "train", "motorcycle", "bicycle"], CityscapesLabels.Evaluated.Where(l => l.HasInstances).Select(l => l.Name));
        Assert.Equal([7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33], CityscapesLabels.LabelSet.LabelIds.Select(id => (int)id));
        Assert.Equal([7, 4, 6, 4, 2, 1, 2, 9], all.GroupBy(l => l.CategoryId).OrderBy(g => g.Key).Select(g => g.Count()));
        Assert.Equal(0x770B20, CityscapesLabels.LabelSet.Colors[18]);
    }

    [Fact]
    public void Pairs_are_joined_by_key_and_ids_become_train_ids()
    {
        using var folder = new TestFolder();
        TinyCityscapes.Write(folder);
        File.WriteAllText(folder.File("leftImg8bit", "train", "ulm", "._ulm_000000_000000_leftImg8bit.png"), "left by another system");
        var data = Datasets.Open(folder.Path, "train");
        Assert.Equal(6, data.Count);
        Assert.Equal("aachen_000001_004218", data.Key(0));
        Assert.Equal("ulm_000004_004221", data.Key(5));
        Assert.Equal(TinyCityscapes.Picture(24, 16, 1).Pixels, data.LoadImage(0).Pixels);
        var expected = TinyCityscapes.Ids(24, 16, 1).Labels.Select(id => (byte)CityscapesLabels.All[id].TrainId);
        Assert.Equal(expected, data.LoadLabels(0).Labels);
    }

    [Fact]
    public void Coarse_labels_and_instances_are_read()
    {
        using var folder = new TestFolder();
        TinyCityscapes.Write(folder, "train_extra", count: 2, annotation: "gtCoarse");
        var data = (CityscapesDataset)Datasets.Open(folder.Path, "train_extra");
        Assert.EndsWith("_gtCoarse_labelIds.png", data.LabelPath(0));
        var instances = new LabelMap<ushort>(24, 16, [.. Enumerable.Range(0, 384).Select(i => (ushort)(26000 + i))]);
        PngWriter.WriteGrey16(data.InstancePath(0), instances);
        Assert.Equal(instances.Labels, data.LoadInstances(0).Labels);
    }

    [Fact]
    public void Hidden_test_labels_and_demo_videos_open()
    {
        using var folder = new TestFolder();
        TinyCityscapes.Write(folder, "test", count: 2);
        foreach (int i in new[] { 0, 1 }) PngWriter.WriteGrey8(TinyCityscapes.LabelPath(folder, i, "test"), new LabelMap<byte>(24, 16, new byte[384]));
        Assert.All(Datasets.Open(folder.Path, "test").LoadLabels(0).Labels, label => Assert.Equal(255, label));
        PngWriter.WriteRgb(folder.File("leftImg8bit", "demoVideo", "stuttgart_00", "stuttgart_000000_000001_leftImg8bit.png"), TinyCityscapes.Picture(4, 4, 0));
        var video = Datasets.Open(folder.Path, "demoVideo");
        Assert.Equal(1, video.Count);
        Assert.Contains("has no labels", Assert.Throws<PixelNetException>(() => video.LoadLabels(0)).Message);
    }

    [Fact]
    public void Train_ids_in_the_place_of_label_ids_are_refused()
    {
        foreach (bool withIgnored in new[] { true, false })
        {
            using var folder = new TestFolder();
            TinyCityscapes.Write(folder);
            for (int i = 0; i < 6; i++)
            {
                var labels = Enumerable.Range(0, 384).Select(p => withIgnored && p == 50 ? (byte)255 : (byte)(p % 19)).ToArray();
                PngWriter.WriteGrey8(TinyCityscapes.LabelPath(folder, i), new LabelMap<byte>(24, 16, labels));
            }
            string message = Refusal(folder);
            Assert.Contains("train ids", message);
            Assert.Contains("labelIds.png", message);
            Assert.Contains(withIgnored ? "255 at pixel (x 2, y 2)" : "0 at pixel (x 0, y 0)", message);
        }
    }

    [Fact]
    public void Few_classes_alone_are_not_taken_for_train_ids()
    {
        using var folder = new TestFolder();
        TinyCityscapes.Write(folder, count: 1);
        PngWriter.WriteGrey8(TinyCityscapes.LabelPath(folder, 0), new LabelMap<byte>(24, 16, [.. Enumerable.Range(0, 384).Select(p => (byte)(p % 5 == 0 ? 1 : 7 + p % 2))]));
        Assert.Equal(1, Datasets.Open(folder.Path, "train").Count);
    }

    [Fact]
    public void Files_of_the_wrong_kind_are_refused_by_name()
    {
        using var folder = new TestFolder();
        TinyCityscapes.Write(folder);
        string path = TinyCityscapes.LabelPath(folder, 3);
        var good = File.ReadAllBytes(path);

        PngWriter.WriteRgba(path, 24, 16, new byte[24 * 16 * 4]);
        Assert.Contains("colour picture", Refusal(folder, path));
        PngWriter.WriteGrey16(path, new LabelMap<ushort>(24, 16, new ushort[384]));
        Assert.Contains("instanceIds", Refusal(folder, path));
        PngWriter.WriteGrey8(path, new LabelMap<byte>(12, 32, new byte[384]));
        Assert.Contains("24 x 16", Refusal(folder, path));
        var ids = TinyCityscapes.Ids(24, 16, 3);
        ids.Labels[24 * 5 + 7] = 34;
        PngWriter.WriteGrey8(path, ids);
        Assert.Contains("the id 34 at pixel (x 7, y 5)", Refusal(folder, path));
        File.WriteAllBytes(path, good[..^20]);
        Assert.Contains("truncated", Refusal(folder, path));
        File.Delete(path);
        Assert.Contains("has no label file", Refusal(folder, TinyCityscapes.Name(3).Key));
        File.WriteAllBytes(path.Replace("labelIds", "labelTrainIds", StringComparison.Ordinal), good);
        Assert.Contains("only a train-id file", Refusal(folder, TinyCityscapes.Name(3).Key));
    }

    [Fact]
    public void Missing_and_empty_folders_say_how_to_get_data()
    {
        using var folder = new TestFolder();
        string missing = Path.Combine(folder.Path, "nowhere");
        Assert.Contains(Datasets.StandIn, Assert.Throws<PixelNetException>(() => Datasets.Open(missing, "train")).Message);
        Assert.Contains("expected Cityscapes", Refusal(folder, Datasets.StandIn));
        Directory.CreateDirectory(Path.Combine(folder.Path, "leftImg8bit", "train"));
        Assert.Contains("holds no images", Refusal(folder, Datasets.StandIn));
        Assert.Contains("does not exist", Assert.Throws<PixelNetException>(() => Datasets.Open(folder.Path, "val")).Message);
        TinyCityscapes.Write(folder);
        Directory.Delete(Path.Combine(folder.Path, "gtFine"), true);
        Assert.Contains("gtFine", Refusal(folder, "does not exist"));
    }

    [Fact]
    public void Names_that_cannot_be_paired_are_refused()
    {
        using var folder = new TestFolder();
        TinyCityscapes.Write(folder);
        string twice = folder.File("leftImg8bit", "train", "other", TinyCityscapes.Name(0).Key + "_leftImg8bit.png");
        PngWriter.WriteRgb(twice, TinyCityscapes.Picture(24, 16, 0));
        Assert.Contains("same frame key", Refusal(folder));
        File.Delete(twice);
        PngWriter.WriteRgb(folder.File("leftImg8bit", "train", "ulm", "ulm_1_leftImg8bit.png"), TinyCityscapes.Picture(24, 16, 0));
        Assert.Contains("not named as Cityscapes files are", Refusal(folder));
    }

    private static string Refusal(TestFolder folder, string part = "")
    {
        string message = Assert.Throws<PixelNetException>(() => Datasets.Open(folder.Path, "train")).Message;
        Assert.Contains(part, message);
        return message;
    }
}
