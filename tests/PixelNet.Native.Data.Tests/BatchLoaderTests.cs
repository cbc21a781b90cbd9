using System.Security.Cryptography;
using PixelNet.Native.Backends;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Data.Loading;
using PixelNet.Native.Sampling;
using PixelNet.Native.Testing;
using Xunit;

namespace PixelNet.Native.Data.Tests;

public sealed class BatchLoaderTests : IDisposable
{
    private static readonly LoaderOptions Plain = new() { Height = 8, Width = 12, Images = 4, Pixels = 20, Seed = 5 };
    private static readonly LoaderOptions Busy = Plain with { Flip = 0.5, Scale = (0.6, 1.7), Gain = (0.8, 1.3), Sampling = SamplingMode.Balanced };
    private static readonly HypercolumnLevel[] Levels = [new(4, 8, 12, 3, 1, 0), new(4, 4, 6, 5, 2, 3), new(4, 2, 3, 7, 4, 8)];

    private readonly TestFolder _folder = new();
    private readonly ISegmentationDataset _data;

    public BatchLoaderTests() => _data = Datasets.Open(TinyCityscapes.Write(_folder, count: 7), "train");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Threads_queue_and_cache_do_not_change_a_byte()
    {
        foreach (var options in new[] { Plain, Busy, Busy with { NearestResize = true, VoidClass = 19 } })
        {
            var expected = Hashes(options, 1, 25);
            Assert.Equal(25, expected.Distinct().Count());
            Assert.Equal(expected, Hashes(options with { Threads = 3, QueueCapacity = 5 }, 1, 25));
            Assert.Equal(expected, Hashes(options with { Threads = 2, QueueCapacity = 1 }, 1, 25));
            Assert.Equal(expected, Hashes(options with { CacheLimit = 0 }, 1, 25));
            Assert.Equal(expected, Hashes(options with { CacheLimit = 1500 }, 1, 25));
            Assert.NotEqual(expected, Hashes(options with { Seed = 6 }, 1, 25));
        }
    }

    [Fact]
    public void A_resumed_run_gets_the_batches_of_an_uninterrupted_one()
    {
        var all = Hashes(Busy, 1, 20);
        foreach (int step in new[] { 2, 8, 19 }) Assert.Equal(all[(step - 1)..], Hashes(Busy, step, 21 - step));
    }

    [Fact]
    public void Every_image_comes_once_an_epoch()
    {
        // 7 images, 4 a step: after 7 steps each was used 4 times. Pictures are noise, so their bytes identify them.
        using var loader = new BatchLoader(_data, Plain, Levels);
        var seen = new List<int>();
        var pictures = Enumerable.Range(0, 7).Select(i => Resizer.Resize(_data.LoadImage(i), 12, 8).Pixels).ToArray();
        for (int step = 1; step <= 7; step++)
        {
            var batch = loader.Take(step);
            Assert.Equal(step, batch.Step);
            foreach (var image in batch.Images.Chunk(288)) seen.Add(Array.FindIndex(pictures, image.SequenceEqual));
            loader.Return(batch);
        }
        foreach (var epoch in seen.Chunk(7)) Assert.Equal(Enumerable.Range(0, 7), epoch.Order());
        Assert.NotEqual(seen[..7], seen[7..14]);
    }

    [Fact]
    public void Targets_are_the_labels_under_the_samples()
    {
        using var loader = new BatchLoader(_data, Plain with { Flip = 1 }, Levels);
        var batch = loader.Take(1);
        var images = Enumerable.Range(0, 7).Select(i => Mirror(Resizer.Resize(_data.LoadImage(i), 12, 8).Pixels, 12, 3)).ToArray();
        var labels = Enumerable.Range(0, 7).Select(i => Mirror(Resizer.ResizeLabels(_data.LoadLabels(i), 12, 8).Labels, 12, 1)).ToArray();
        for (int m = 0; m < batch.SampleCount; m++)
        {
            int image = Array.FindIndex(images, batch.Images.AsSpan(288 * batch.Samples[3 * m], 288).ToArray().SequenceEqual);
            Assert.Equal(labels[image][batch.Samples[3 * m + 1] * 12 + batch.Samples[3 * m + 2]], batch.Targets[m]);
        }
        // The cell list of stride 1 names each sample's own pixel.
        Assert.Equal([80, 80], batch.Cells[0].Counts);
        Assert.Equal(Enumerable.Range(0, 80).Select(m => (batch.Samples[3 * m] * 8 + batch.Samples[3 * m + 1]) * 12 + batch.Samples[3 * m + 2]), batch.Cells[0].Cells.Take(80));
    }

    [Fact]
    public void Scaled_crops_keep_image_and_labels_together_and_ignore_the_border()
    {
        // An image whose three channels all say the class: 5 times the train id. Void (255) shows as 250.
        using var folder = new TestFolder();
        var ids = new byte[40 * 30];
        for (int i = 0; i < ids.Length; i++) ids[i] = (byte)(i % 40 < 14 ? 7 : i / 40 < 11 ? 23 : 0);
        string key = "ulm_000000_000001";
        PngWriter.WriteGrey8(folder.File("gtFine", "train", "ulm", key + "_gtFine_labelIds.png"), new LabelMap<byte>(40, 30, ids));
        PngWriter.WriteRgb(folder.File("leftImg8bit", "train", "ulm", key + "_leftImg8bit.png"),
            new RgbImage(40, 30, [.. ids.SelectMany(id => Enumerable.Repeat((byte)(id == 7 ? 0 : id == 23 ? 50 : 250), 3))]));
        var data = Datasets.Open(folder.Path, "train");
        foreach (var scale in new[] { (0.4, 0.5), (2.0, 4.0) })
        {
            using var loader = new BatchLoader(data, Plain with { Height = 24, Width = 32, Images = 2, Pixels = 200, Scale = scale, Flip = 0.5, NearestResize = true },
                [new HypercolumnLevel(2, 24, 32, 1, 1, 0)]);
            for (int step = 1; step <= 20; step++)
            {
                var batch = loader.Take(step);
                for (int m = 0; m < batch.SampleCount; m++)
                {
                    int pixel = (batch.Samples[3 * m] * 24 + batch.Samples[3 * m + 1]) * 32 + batch.Samples[3 * m + 2];
                    Assert.Equal(batch.Targets[m] * 5, batch.Images[3 * pixel]);
                }
                // A crop shows a part; a reduced image leaves most of the input without labels.
                int valid = batch.Samples.Chunk(3).Select(s => (s[0] * 24 + s[1]) * 32 + s[2]).Distinct().Count();
                if (scale.Item2 < 1) Assert.InRange(valid, 1, 2 * 24 * 32 / 4);
                loader.Return(batch);
            }
        }
    }

    [Fact]
    public void Gain_rounds_and_saturates()
    {
        var pictures = Enumerable.Range(0, 7).Select(i => Resizer.Resize(_data.LoadImage(i), 12, 8).Pixels).ToArray();
        using var loader = new BatchLoader(_data, Plain with { Gain = (1.25, 1.25) }, Levels);
        var batch = loader.Take(1);
        var expected = pictures.Select(p => p.Select(v => (byte)Math.Min(255, Math.Floor(v * 1.25 + 0.5))).ToArray()).ToArray();
        foreach (var image in batch.Images.Chunk(288)) Assert.Contains(expected, e => e.SequenceEqual(image));
    }

    [Fact]
    public void Void_can_be_trained_as_a_class_of_its_own()
    {
        using var loader = new BatchLoader(_data, Plain with { VoidClass = 19 }, Levels);
        var targets = Enumerable.Range(1, 5).SelectMany(step =>
        {
            var batch = loader.Take(step);
            loader.Return(batch);
            return batch.Targets.ToArray();
        }).ToArray();
        Assert.Contains(19, targets);
        Assert.DoesNotContain(255, targets);
        Assert.Equal(19, targets.Max());
    }

    [Fact]
    public void A_damaged_file_is_named_by_Take_at_its_step()
    {
        string path = _data.ImagePath(3);
        var bytes = File.ReadAllBytes(path);
        bytes[^30] ^= 255;
        File.WriteAllBytes(path, bytes);
        foreach (int threads in new[] { 1, 3 })
        {
            using var loader = new BatchLoader(_data, Plain with { Threads = threads }, Levels);
            var failure = Assert.Throws<PixelNetException>(() =>
            {
                for (int step = 1; step <= 2; step++) loader.Return(loader.Take(step));
            });
            Assert.StartsWith(path, failure.Message);
            Assert.Contains("damaged", failure.Message);
        }
    }

    [Fact]
    public void Few_labelled_pixels_warn_once_and_none_at_all_is_an_error()
    {
        for (int i = 0; i < 7; i++)
        {
            var labels = new byte[384];
            if (i == 2) labels.AsSpan(0, 24 * 5).Fill(26);
            PngWriter.WriteGrey8(TinyCityscapes.LabelPath(_folder, i), new LabelMap<byte>(24, 16, labels));
        }
        var warnings = new List<string>();
        using (var loader = new BatchLoader(_data, Plain with { Images = 7 }, [.. Levels.Select(level => level with { N = 7 })]))
        {
            loader.Warning += warnings.Add;
            for (int step = 1; step <= 3; step++)
            {
                var batch = loader.Take(step);
                Assert.All(batch.Targets, target => Assert.Equal(13, target));
                loader.Return(batch);
            }
        }
        Assert.Contains("no labelled pixel", Assert.Single(warnings));
        PngWriter.WriteGrey8(TinyCityscapes.LabelPath(_folder, 2), new LabelMap<byte>(24, 16, new byte[384]));
        using var empty = new BatchLoader(_data, Plain, Levels);
        string message = Assert.Throws<PixelNetException>(() => empty.Take(1)).Message;
        Assert.Contains("No image of step 1", message);
        Assert.Contains(_folder.Path, message);
    }

    [Fact]
    public void The_cache_is_planned_from_headers_and_steps_allocate_nothing_once_it_is_full()
    {
        Assert.Equal(7 * 4 * 8 * 12, Planned(Plain));
        Assert.Equal(7 * 4 * 24 * 16, Planned(Busy));
        Assert.Equal(2 * 4 * 24 * 16, Planned(Busy with { CacheLimit = 4000 }));
        Assert.Equal(0, Planned(Plain with { CacheLimit = 0 }));

        var cache = new ImageCache(_data, Busy);
        var builder = new BatchBuilder(_data, Busy, cache);
        var batch = new HostBatch(new NormalizeSizes(4, 8, 12), 80, Levels);
        // The first round fills the cache.
        Assert.Equal(0, Allocations.OfARound(round =>
        {
            for (int step = 1; step <= 20; step++) builder.Build(batch, 20 * round + step);
        }));

        long Planned(LoaderOptions options)
        {
            using var loader = new BatchLoader(_data, options, Levels);
            return loader.CacheBytes;
        }
    }

    [Fact]
    public void After_a_rewind_the_same_steps_come_again_and_no_batch_is_lost()
    {
        foreach (int threads in new[] { 1, 3 })
        {
            using var loader = new BatchLoader(_data, Busy with { Threads = threads }, Levels);
            var first = Take(1, 5);
            loader.Rewind();
            Assert.Equal(first, Take(1, 5));
            loader.Rewind();
            Assert.Equal(first[2], Take(3, 30)[0]);

            List<byte[]> Take(int from, int to) => [.. Enumerable.Range(from, to - from + 1).Select(step =>
            {
                var batch = loader.Take(step);
                byte[] hash = SHA256.HashData(batch.Images);
                loader.Return(batch);
                return hash;
            })];
        }
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        foreach (var options in new[] { Plain with { Flip = 2 }, Plain with { Scale = (2, 1) }, Plain with { Gain = (-1, 1) }, Plain with { Threads = 0 }, Plain with { Width = 0 }, Plain with { Scale = (double.NaN, 1) } })
            Assert.Contains("cannot start", Assert.Throws<PixelNetException>(() => new BatchLoader(_data, options, Levels)).Message);
    }

    [Fact]
    public void It_ends_in_the_middle_of_its_work()
    {
        for (int taken = 0; taken < 4; taken++)
        {
            var loader = new BatchLoader(_data, Busy with { Threads = 2 }, Levels);
            for (int step = 1; step <= taken; step++) loader.Take(step);
            loader.Dispose();
            Assert.Throws<ObjectDisposedException>(() => loader.Take(taken + 1));
        }
    }

    private string[] Hashes(LoaderOptions options, int first, int count)
    {
        using var loader = new BatchLoader(_data, options, Levels);
        var hashes = new string[count];
        for (int i = 0; i < count; i++)
        {
            var batch = loader.Take(first + i);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(batch.Images);
            Append(batch.Samples);
            Append(batch.Targets);
            foreach (var cells in batch.Cells)
            {
                Append(cells.Counts);
                Append(cells.Cells.AsSpan(0, cells.Counts[0]));
                Append(cells.Starts.AsSpan(0, cells.Counts[0] + 1));
                Append(cells.Samples.AsSpan(0, cells.Counts[1]));
            }
            hashes[i] = Convert.ToHexString(hash.GetHashAndReset());
            loader.Return(batch);

            void Append(ReadOnlySpan<int> values) => hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values));
        }
        return hashes;
    }

    private static byte[] Mirror(byte[] rows, int width, int channels) =>
        [.. rows.Chunk(width * channels).SelectMany(row => row.Chunk(channels).Reverse().SelectMany(p => p))];
}
