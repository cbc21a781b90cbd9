using System.Buffers.Binary;
using System.Text;
using CsCheck;
using PixelNet.Native.Training;
using Xunit;

namespace PixelNet.Native.Tests;

public sealed class SafetensorsTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("b", "2 \"ä\"\n");
        writer.AddMetadata("a", "1");
        writer.Add("w", "F32", [2, 3], stream => stream.Write(new byte[24]));
        writer.Add("empty", "U8", [0, 5], stream => { });
        writer.Add("scalar", "I64", [], stream => stream.Write([1, 2, 3, 4, 5, 6, 7, 8]));
        var stream = new MemoryStream();
        writer.WriteTo(stream);

        var reader = new SafetensorsReader(stream);
        Assert.Equal(["a", "b"], reader.Metadata.Keys);
        Assert.Equal("2 \"ä\"\n", reader.Metadata["b"]);
        Assert.Equal(["w", "empty", "scalar"], reader.Entries.Select(entry => entry.Name));
        Assert.Equal([0, 5], reader.Find("empty")!.Shape);
        var part = new byte[3];
        reader.Read(reader.Find("scalar")!, part, 2);
        Assert.Equal([3, 4, 5], part);
        Assert.Throws<ArgumentException>(() => reader.Read(reader.Find("scalar")!, new byte[3], 6));
        Assert.Null(reader.Find("none"));
    }

    [Theory]
    [InlineData("", 0, "only 8 bytes")]
    [InlineData("    ", 0, "not valid JSON")]
    [InlineData("[]", 0, "should have an object")]
    [InlineData("{  ", 0, "not valid JSON")]
    [InlineData("{} x", 0, "not valid JSON")]
    [InlineData("{}", 3, "3 bytes at its end belong to no tensor")]
    [InlineData("{\"a\":7}", 0, "should have an object for tensor 'a'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "tensor 'a' lacks")]
    [InlineData("{\"a\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "'a' has an unknown type 'F99'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}}", 4, "'a' has an unknown entry 'x'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "'shape' of tensor 'a' is not a list")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "'shape' of tensor 'a' is not a list")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1e30],\"data_offsets\":[0,4]}}", 4, "'shape' of tensor 'a' is not a list")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4, "'shape' of tensor 'a' is not a list")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}", 4, "'a' of shape [4294967296, 4294967296] is larger than any file")]
    [InlineData("{\"a\":{\"dtype\":\"F64\",\"shape\":[9223372036854775807,9223372036854775807],\"data_offsets\":[0,4]}}", 4, "'a' of shape [9223372036854775807, 9223372036854775807] is larger")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "'a' of shape [2] and type F32 needs 8 bytes")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", 4, "'a' of shape [1] and type F32 needs 4 bytes")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, "tensor 'a' lacks")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3, "tensor 'a' ends at byte")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[9223372036854775803,9223372036854775807]}}", 4, "tensor 'a' ends at byte")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "4 bytes before tensor 'a' belong to no tensor")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[2,6]}}", 6, "tensor 'b' overlaps")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "tensor 'a' is there twice")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "tensor 'a' has 'dtype' twice")]
    [InlineData("{\"__metadata__\":{\"k\":1}}", 0, "a string for metadata 'k'")]
    [InlineData("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "metadata 'k' is there twice")]
    [InlineData("{\"__metadata__\":{\"k\":{\"k\":{\"k\":{\"k\":1}}}}}", 0, "a string for metadata 'k'")]
    [InlineData("{\"a\\ud800\":{}}", 0, "not valid JSON")]
    public void Hostile_headers_are_refused_in_a_sentence(string header, int dataBytes, string expected)
    {
        var error = Assert.Throws<PixelNetException>(() => new SafetensorsReader(new MemoryStream(File(header, dataBytes)), "x.safetensors"));
        Assert.StartsWith("x.safetensors is not a valid safetensors file: ", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(100)]
    [InlineData(SafetensorsReader.MaxHeaderBytes + 1L)]
    public void Claimed_header_lengths_are_checked_before_anything_is_allocated(long length)
    {
        byte[] file = File("{}", 0);
        BinaryPrimitives.WriteInt64LittleEndian(file, length);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("header claims", Assert.Throws<PixelNetException>(() => new SafetensorsReader(new MemoryStream(file))).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Mutated_headers_are_read_or_refused()
    {
        byte[] valid = File("{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}}", 11);
        Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Byte, Gen.Int[0, valid.Length - 1], Gen.Byte, Gen.Int[8, valid.Length]).Sample((i, x, j, y, length) =>
        {
            byte[] mutated = [.. valid];
            (mutated[i], mutated[j]) = (x, y);
            try
            {
                var reader = new SafetensorsReader(new MemoryStream(mutated, 0, length));
                foreach (var entry in reader.Entries) reader.Read(entry, new byte[entry.ByteLength]);
            }
            catch (PixelNetException)
            {
            }
        }, iter: 3000, threads: 1);
    }

    private static byte[] File(string header, int dataBytes)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        return file;
    }
}
