using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>
/// NumPy's .npz: a zip archive of .npy arrays, stored or deflated. An array is <c>\x93NUMPY</c>, a version, the length of a header, and the header as a
/// Python dict: <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (3, 3, 3, 64), }</c>; then the numbers.
/// </summary>
internal sealed partial class NpzFile : WeightFile
{
    private const int MostHeader = 1 << 16;

    public NpzFile(Stream stream, string source, IEnumerable<ZipArchiveEntry> entries) : base(stream, source)
    {
        var tensors = new List<WeightTensor>();
        foreach (var entry in entries)
            if (entry.FullName.EndsWith(".npy", StringComparison.Ordinal)) tensors.Add(Read(entry, source, stream));
        Tensors = Distinct(tensors, source);
    }

    public override string Format => "NumPy npz";

    public override IReadOnlyList<WeightTensor> Tensors { get; }

    private WeightTensor Read(ZipArchiveEntry entry, string source, Stream file)
    {
        string name = entry.FullName[..^".npy".Length];
        long length = ZipWeights.CheckedLength(entry, source, file.Length);
        using var stream = entry.Open();
        Span<byte> head = stackalloc byte[12];
        stream.ReadExactly(head[..10]);
        if (head[0] != 0x93 || !head[1..].StartsWith("NUMPY"u8) || head[6] is 0 or > 3)
            throw new PixelNetException($"{source} is damaged: '{Shorten(entry.FullName)}' is not a NumPy array of version 1 to 3");
        long start = 10, header = BinaryPrimitives.ReadUInt16LittleEndian(head[8..]);
        if (head[6] > 1)
        {
            stream.ReadExactly(head[10..]);
            (start, header) = (12, BinaryPrimitives.ReadUInt32LittleEndian(head[8..]));
        }
        if (header > MostHeader || header > length - start) throw new PixelNetException($"{source} is damaged: '{Shorten(entry.FullName)}' claims a header of {header:N0} bytes");
        var text = new byte[header];
        stream.ReadExactly(text);
        start += header;
        var fields = Header().Match(Encoding.Latin1.GetString(text));
        if (!fields.Success) throw new PixelNetException($"{source} holds '{Shorten(entry.FullName)}', which is not a plain array: its header is '{Shorten(Encoding.Latin1.GetString(text).Trim())}'; save arrays of numbers");
        string type = fields.Groups[1].Value;
        var shape = new List<long>();
        foreach (string word in fields.Groups[3].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            shape.Add(long.TryParse(word.TrimEnd('L'), out long extent) ? extent : -1);
        if (StridedView.CountOf([.. shape]) < 0) throw new PixelNetException($"{source} claims the impossible shape ({Shorten(fields.Groups[3].Value)}) for '{Shorten(name)}'; the file is damaged");
        var view = fields.Groups[2].Value == "True" ? Fortran([.. shape]) : StridedView.Dense([.. shape]);
        var code = type[1..] switch { "f4" => ElementCode.F32, "f8" => ElementCode.F64, "f2" => ElementCode.F16, _ => ElementCode.Other };
        return Checked(new WeightTensor(name, code, type, view, length - start, () => ZipWeights.OpenAt(file, entry, start), BigEndian: type[0] == '>'));
    }

    // The first index is the fastest: the reversed shape, with its axes turned round.
    private static StridedView Fortran(long[] shape)
    {
        var axes = Enumerable.Range(0, shape.Length).Reverse().ToArray();
        Array.Reverse(shape);
        return StridedView.Dense(shape).Permute(axes);
    }

    [GeneratedRegex(@"^\{\s*'descr'\s*:\s*'([<>|=][a-zA-Z]\d{0,3})'\s*,\s*'fortran_order'\s*:\s*(True|False)\s*,\s*'shape'\s*:\s*\(([\d,\sL]*)\)\s*(?:,\s*)?\}\s*$")]
    private static partial Regex Header();
}
