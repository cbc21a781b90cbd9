using PixelNet.Native.Data.Weights.Formats;

namespace PixelNet.Native.Data.Weights;

/// <summary>
/// A file of named tensors, whatever its format: safetensors, PyTorch (zip and legacy), NumPy .npz, Caffe, HDF5 (Keras), TensorFlow's V1 checkpoint.
/// The format is recognised by content. Opening reads headers only; whatever a file claims is checked against its length before memory is taken.
/// </summary>
public abstract class WeightFile : IDisposable
{
    private readonly Stream _stream;

    private protected WeightFile(Stream stream, string source) => (_stream, Source) = (stream, source);

    /// <summary>What messages call the file.</summary>
    public string Source { get; }

    /// <summary>The format, such as <c>PyTorch zip</c>.</summary>
    public abstract string Format { get; }

    /// <summary>The tensors, in the file's order.</summary>
    public abstract IReadOnlyList<WeightTensor> Tensors { get; }

    /// <summary>Strings that the file says about itself.</summary>
    public virtual IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <summary>Bytes of the file.</summary>
    public long Length => _stream.Length;

    /// <summary>Opens a file.</summary>
    /// <exception cref="PixelNetException">It does not exist, is of no known format, or is damaged; the message says what and where.</exception>
    public static WeightFile Open(string path)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PixelNetException($"{path} does not exist; check the path", failure);
        }
        catch (Exception failure) when (failure is UnauthorizedAccessException or IOException or NotSupportedException)
        {
            throw new PixelNetException($"{path} cannot be read: {failure.Message}", failure);
        }
        try
        {
            return Open(stream, path);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Opens a stream that can seek; the file owns it from then on.</summary>
    /// <exception cref="PixelNetException">As above.</exception>
    public static WeightFile Open(Stream stream, string source)
    {
        Span<byte> head = stackalloc byte[16];
        stream.Position = 0;
        head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        try
        {
            if (head.StartsWith("PK"u8)) return ZipWeights.Open(stream, source);
            if (Hdf5File.IsOne(stream)) return new Hdf5File(stream, source);
            if (TableFile.IsOne(stream)) return new TableFile(stream, source);
            if (TorchLegacyFile.IsOne(head)) return new TorchLegacyFile(stream, source);
            if (SafetensorsFile.IsOne(head)) return new SafetensorsFile(stream, source);
            if (CaffeFile.IsOne(stream)) return new CaffeFile(stream, source);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidDataException)
        {
            throw new PixelNetException($"{source} is damaged or incomplete: {e.Message} It has {stream.Length:N0} bytes; compare with the published size and fetch it again", e);
        }
        throw new PixelNetException(Unknown(head, source, stream.Length));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _stream.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Checks that a tensor's elements lie in its storage, each at most once.</summary>
    /// <exception cref="PixelNetException">They do not.</exception>
    private protected WeightTensor Checked(WeightTensor tensor)
    {
        var view = tensor.View;
        long count = StridedView.CountOf(view.Shape);
        if (count < 0 || view.Offset < 0 || view.Strides.Any(stride => stride < 0))
            throw new PixelNetException($"{Source} claims the impossible shape {Shorten(view.ToString())} for tensor '{Shorten(tensor.Name)}'; the file is damaged");
        int size = tensor.Code.Bytes();
        if (size == 0) return tensor;
        long elements = tensor.StorageBytes / size;
        if (view.End > elements)
            throw new PixelNetException($"{Source} is damaged or incomplete: tensor '{Shorten(tensor.Name)}' {view} of {tensor.TypeName} ends {(UInt128)(view.End - elements) * (uint)size:N0} bytes "
                + $"behind the {tensor.StorageBytes:N0} bytes of its data; fetch the file again");
        if (count > elements)
            throw new PixelNetException($"{Source} repeats elements within tensor '{Shorten(tensor.Name)}' {view}; save a contiguous copy of it");
        return tensor;
    }

    /// <summary>Refuses two tensors of one name.</summary>
    private protected static IReadOnlyList<WeightTensor> Distinct(List<WeightTensor> tensors, string source)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in tensors)
            if (!names.Add(tensor.Name)) throw new PixelNetException($"{source} holds tensor '{Shorten(tensor.Name)}' twice; the file is damaged");
        return tensors;
    }

    /// <summary>Text of a file, fit for a message.</summary>
    internal static string Shorten(string text) => ForeignText.Shorten(text);

    private static string Unknown(ReadOnlySpan<byte> head, string source, long length)
    {
        const string Formats = "known are .safetensors, PyTorch .pth (zip and legacy), NumPy .npz, Caffe .caffemodel, Keras .h5 and TensorFlow V1 .ckpt";
        if (length == 0) return $"{source} is empty; fetch the file again";
        if (TableFile.IsBeginning(head)) return $"{source} begins as a TensorFlow V1 checkpoint, but its end is missing behind its {length:N0} bytes; compare with the published size and fetch it again";
        if (head.StartsWith("<"u8)) return $"{source} is a web page, not weights: the server answered with HTML; fetch the file again";
        if (head.StartsWith("version https"u8)) return $"{source} is a Git LFS pointer, not the weights themselves; fetch the file with 'git lfs pull'";
        if (head.Length > 2 && head[0] == 0x1F && head[1] == 0x8B) return $"{source} is compressed with gzip; unpack it first";
        if (head.Length > 6 && head[0] == 0x93 && head[1..].StartsWith("NUMPY"u8)) return $"{source} is a single NumPy array, not an archive of several; save the arrays with numpy.savez";
        return $"{source} is of no known weight format; {Formats}";
    }
}
