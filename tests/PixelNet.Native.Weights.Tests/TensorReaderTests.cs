using System.Runtime.InteropServices;
using CsCheck;
using PixelNet.Native.Data.Weights;
using Xunit;

namespace PixelNet.Native.Weights.Tests;

/// <summary>Views of every kind, read in blocks of every size from files and from memory, hold the elements that their strides name.</summary>
public sealed class TensorReaderTests
{
    private enum Storage
    {
        File,
        Memory,
        Forwards,
    }

    [Theory]
    [InlineData(60)]
    public void Elements_of_a_view_are_those_that_its_strides_name(int views)
    {
        string path = Path.GetTempFileName();
        try
        {
            Gen.Select(Gen.Int, Gen.Int[1, 9].Array[2, 4], Gen.Int[130, 700], Gen.Int[200, 200_000], Gen.Int[0, 3]).Sample((seed, inner, outer, budget, kind) =>
            {
                // Each order of the axes: outputs last as in Keras (runs of neighbours), first (row behind row), or in between (brought whole).
                var random = new Random(seed);
                long[] shape = [outer, .. inner.Select(extent => (long)extent)];
                int[] order = [.. Enumerable.Range(0, shape.Length)];
                random.Shuffle(order);
                var stored = StridedView.Dense([.. order.Select(axis => shape[axis])], offset: random.Next(5));
                var view = stored.Permute([.. order.Select((axis, place) => (axis, place)).OrderBy(pair => pair.axis).Select(pair => pair.place)]);
                Assert.Equal(shape, view.Shape);
                var numbers = new float[view.Count + 8];
                for (int i = 0; i < numbers.Length; i++) numbers[i] = i;
                var (code, bytes) = kind switch
                {
                    0 => (ElementCode.F64, MemoryMarshal.AsBytes(Array.ConvertAll(numbers, number => (double)number).AsSpan()).ToArray()),
                    1 => (ElementCode.BF16, MemoryMarshal.AsBytes(Array.ConvertAll(numbers, number => (ushort)(BitConverter.SingleToUInt32Bits(number) >> 16)).AsSpan()).ToArray()),
                    _ => (ElementCode.F32, MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray()),
                };
                if (kind == 1) numbers = Array.ConvertAll(numbers, number => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(number) & 0xFFFF0000));
                File.WriteAllBytes(path, [.. new byte[3], .. bytes]);
                using var file = File.OpenRead(path);
                foreach (var storage in Enum.GetValues<Storage>())
                {
                    var tensor = new WeightTensor("t", code, "t", view, bytes.Length, () => storage switch
                    {
                        Storage.File => new SliceStream(file, 3, bytes.Length),
                        Storage.Memory => new SliceStream(new MemoryStream(bytes), 0, bytes.Length),
                        _ => new Data.Weights.Formats.ForwardStream(new MemoryStream(bytes)),
                    });
                    using var reader = new TensorReader("test", budget);
                    var read = new List<float>();
                    reader.Read(tensor, view, piece => read.AddRange(piece));
                    Assert.Equal(Expected(view, numbers), read);
                }
            }, iter: views, threads: 1);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_storage_that_ends_early_is_refused(bool runs)
    {
        var view = runs ? StridedView.Dense([40, 200]).Permute(1, 0) : StridedView.Dense([200, 5, 8]).Permute(0, 2, 1);
        var tensor = new WeightTensor("t", ElementCode.F32, "t", view, 32_000, () => new SliceStream(new MemoryStream(new byte[31_990]), 0, 32_000));
        using var reader = new TensorReader("test", 24_000);
        Assert.Contains("ends or is damaged within tensor 't'", Assert.Throws<PixelNetException>(() => reader.Read(tensor, view, _ => { })).Message);
    }

    private static List<float> Expected(StridedView view, float[] numbers)
    {
        var values = new List<float>();
        Walk(0, view.Offset);
        return values;

        void Walk(int axis, long at)
        {
            if (axis == view.Rank) values.Add(numbers[at]);
            else for (long i = 0; i < view.Shape[axis]; i++) Walk(axis + 1, at + i * view.Strides[axis]);
        }
    }
}
