using System.Runtime.InteropServices;
using System.Security.Cryptography;
using CsCheck;
using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Data.StreetScenes;
using Xunit;

namespace PixelNet.Native.Data.Tests;

public sealed class StreetScenesGeneratorTests
{
    private const int Width = 256, Height = 128;
    // Changes whenever a scene changes: then look at the pictures, measure the pixel baseline and a training run again, and take the new value.
    private const string Golden = "361353ec1a6b3cd19e7623719fcd20f3347ee7f0df79c206924fdb2100295789";

    [Fact]
    public void Same_bytes_on_every_machine()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < 8; i++)
        {
            var scene = StreetScenesGenerator.Render(1, i < 5 ? "train" : "val", i, Width, Height);
            hash.AppendData(scene.Image.Pixels);
            hash.AppendData(scene.LabelIds.Labels);
            var instances = (ushort[])scene.InstanceIds.Labels.Clone();
            if (!BitConverter.IsLittleEndian) System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(instances, instances);
            hash.AppendData(MemoryMarshal.AsBytes(instances.AsSpan()));
        }
        Assert.Equal(Golden, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    [Fact]
    public void Labels_and_instances_agree_in_any_scene_of_any_size() =>
        Gen.Select(Gen.ULong, Gen.Int[0, 100_000], Gen.Int[16, 200], Gen.Int[16, 120]).Sample((seed, index, width, height) =>
        {
            var scene = StreetScenesGenerator.Render(seed, "train", index, width, height);
            Assert.Equal((width, height, 3 * width * height), (scene.Image.Width, scene.Image.Height, scene.Image.Pixels.Length));
            for (int i = 0; i < width * height; i++)
            {
                int id = scene.LabelIds.Labels[i], instance = scene.InstanceIds.Labels[i];
                Assert.InRange(id, 0, 33);
                Assert.Equal(id, instance >= 1000 ? instance / 1000 : instance);
                if (instance >= 1000) Assert.True(CityscapesLabels.All[id].HasInstances);
            }
        }, iter: 40, threads: 1);

    [Fact]
    public void A_scene_depends_on_seed_split_and_index()
    {
        byte[] Pixels(ulong seed, string split, int index) => StreetScenesGenerator.Render(seed, split, index, 64, 32).Image.Pixels;
        byte[] first = Pixels(1, "train", 0);
        Assert.Equal(first, Pixels(1, "train", 0));
        Assert.NotEqual(first, Pixels(2, "train", 0));
        Assert.NotEqual(first, Pixels(1, "val", 0));
        Assert.NotEqual(first, Pixels(1, "train", 1));
    }

    [Fact]
    public void Every_class_occurs_often_and_in_realistic_shares()
    {
        const int count = 60;
        var pixels = new long[34];
        int[] images = new int[34];
        for (int i = 0; i < count; i++)
        {
            int[] here = new int[34];
            foreach (byte id in StreetScenesGenerator.Render(1, "val", i, Width, Height).LabelIds.Labels) here[id]++;
            for (int id = 0; id < 34; id++)
            {
                pixels[id] += here[id];
                if (here[id] >= 10) images[id]++;
            }
        }
        double Share(string name) => (double)pixels[CityscapesLabels.All.Single(label => label.Name == name).Id] / (count * Width * Height);
        foreach (var label in CityscapesLabels.Evaluated)
        {
            Assert.True(images[label.Id] >= 0.15 * count, $"{label.Name} occurs in {images[label.Id]} of {count} images only");
            Assert.InRange(Share(label.Name), 0.001, 0.45);
        }
        Assert.InRange(Share("road"), 0.2, 0.42);
        Assert.InRange(Share("building"), 0.12, 0.3);
        Assert.InRange(Share("vegetation"), 0.08, 0.22);
        Assert.InRange(Share("car"), 0.04, 0.12);
        foreach (string rare in (string[])["rider", "motorcycle", "bicycle", "traffic light", "traffic sign"]) Assert.InRange(Share(rare), 0.001, 0.015);
        double ignored = CityscapesLabels.All.Where(label => label.Id >= 0 && label.IgnoreInEval).Sum(label => Share(label.Name));
        Assert.InRange(ignored, 0.01, 0.15);
    }

    [Fact]
    public void A_larger_picture_shows_the_same_scene()
    {
        for (int index = 0; index < 3; index++)
        {
            var small = StreetScenesGenerator.Render(1, "train", index, Width, Height);
            var large = StreetScenesGenerator.Render(1, "train", index, 3 * Width, 3 * Height);
            int equal = 0;
            double difference = 0;
            for (int y = 0; y < Height; y++)
            {
                for (int x = 0; x < Width; x++)
                {
                    int middle = (3 * y + 1) * 3 * Width + 3 * x + 1;
                    if (small.LabelIds.Labels[y * Width + x] == large.LabelIds.Labels[middle]) equal++;
                    difference += Math.Abs(small.Image.Pixels[3 * (y * Width + x)] - large.Image.Pixels[3 * middle]);
                }
            }
            Assert.True(equal > 0.95 * Width * Height, $"only {equal} labels agree");
            Assert.InRange(difference / (Width * Height), 0, 16);
        }
    }

    [Theory]
    [InlineData("trian", 256, 128, "There is no split 'trian'")]
    [InlineData("train", 8, 128, "8 x 128")]
    [InlineData("train", 256, 5000, "256 x 5000")]
    public void Wrong_requests_are_refused(string split, int width, int height, string message) =>
        Assert.Contains(message, Assert.Throws<PixelNetException>(() => StreetScenesGenerator.Render(1, split, 0, width, height)).Message);
}
