using System.IO.Compression;
using System.Text;

namespace PixelNet.Native.Weights.Tests.Writers;

/// <summary>
/// Writers of the formats in which weights come, from the formats' descriptions; they share nothing with the readers. Tensors are streamed, so a
/// full-size VGG16 can be written. One file each for HDF5, PyTorch and what is built of Protocol Buffers.
/// </summary>
internal static class SourceFiles
{
    /// <summary>safetensors, with metadata or without.</summary>
    public static void Safetensors(Stream stream, IReadOnlyList<SourceTensor> tensors, string metadata = "{\"format\":\"pt\"}")
    {
        var header = new StringBuilder("{\"__metadata__\":").Append(metadata);
        long offset = 0;
        foreach (var t in tensors) header.Append($",\"{t.Name}\":{{\"dtype\":\"{t.Type}\",\"shape\":[{string.Join(',', t.Shape)}],\"data_offsets\":[{offset},{offset += t.Bytes}]}}");
        byte[] text = Encoding.UTF8.GetBytes(header.Append('}').ToString());
        stream.Write(BitConverter.GetBytes((long)text.Length));
        stream.Write(text);
        foreach (var t in tensors) t.Write(stream);
    }

    /// <summary>NumPy's .npz; Fortran order for those whose name the predicate takes (their bytes are then those of the reversed shape).</summary>
    public static void Npz(Stream stream, IReadOnlyList<SourceTensor> tensors, CompressionLevel compression = CompressionLevel.NoCompression, Func<string, bool>? fortran = null)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach (var t in tensors)
        {
            using var entry = archive.CreateEntry(t.Name + ".npy", compression).Open();
            string type = t.Type switch { "F64" => "<f8", "F32" => "<f4", _ => "<f2" };
            string shape = t.Shape.Length == 1 ? $"({t.Shape[0]},)" : $"({string.Join(", ", t.Shape)})";
            string text = $"{{'descr': '{type}', 'fortran_order': {(fortran?.Invoke(t.Name) == true ? "True" : "False")}, 'shape': {shape}, }}";
            text = text.PadRight(text.Length + 63 - (10 + text.Length) % 64) + "\n";
            entry.Write([0x93, .. "NUMPY"u8, 1, 0]);
            entry.Write(BitConverter.GetBytes((ushort)text.Length));
            entry.Write(Encoding.Latin1.GetBytes(text));
            t.Write(entry);
        }
    }
}
