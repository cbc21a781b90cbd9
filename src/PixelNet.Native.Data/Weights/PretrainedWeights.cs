using PixelNet.Native.Backends;
using PixelNet.Native.Model;
using PixelNet.Native.Training;

namespace PixelNet.Native.Data.Weights;

/// <summary>
/// A pretrained VGG16 from a file of any known format, to start a network from or to write as safetensors. Opening reads headers only; tensors are
/// read one at a time.
/// </summary>
/// <example><code>
/// using var weights = PretrainedWeights.Open("vgg16.safetensors");
/// using var model = new PixelNetModel(config, backend, input, samples, ModelMode.Training, weights.Preprocessing.ToTransform());
/// model.Allocate();
/// model.Initialize(seed);                                  // the head, and what the file lacks
/// var report = weights.LoadInto(model.Parameters, backend);
/// </code></example>
public sealed class PretrainedWeights : IDisposable
{
    private PretrainedWeights(VggWeights vgg, WeightPreprocessing preprocessing) => (Vgg, Preprocessing) = (vgg, preprocessing);

    /// <summary>The tensors as they were recognised.</summary>
    public VggWeights Vgg { get; }

    /// <summary>What the weights expect of an image; a network that starts from them must prepare images so.</summary>
    public WeightPreprocessing Preprocessing { get; }

    /// <summary>Opens a file and recognises it.</summary>
    /// <param name="path">Any known format (<see cref="WeightFile"/>).</param>
    /// <param name="preprocessing">Overrides what file or convention say, for files such as Caffe's weights under torchvision's names; null = as they say.</param>
    /// <exception cref="PixelNetException">It is not a VGG16 that is known, or it does not say how it expects images.</exception>
    public static PretrainedWeights Open(string path, WeightPreprocessing? preprocessing = null) => Open(WeightFile.Open(path), preprocessing);

    /// <summary>Recognises an open file, which is then this object's.</summary>
    /// <exception cref="PixelNetException">As above.</exception>
    public static PretrainedWeights Open(WeightFile file, WeightPreprocessing? preprocessing = null)
    {
        try
        {
            var vgg = VggWeights.Recognise(file);
            return new PretrainedWeights(vgg, preprocessing ?? vgg.Preprocessing
                ?? throw new PixelNetException($"{file.Source} does not say how it expects images; name it with --preprocessing {string.Join('|', WeightPreprocessing.Names)}"));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Copies the trunk into a network: every parameter and statistic of the trunk must be in the file and of the same shape. fc6 and fc7 are needed
    /// only where the network has them (fc7 tapped); fc8 and the file's classes are never looked at, and the head keeps its values. The bias of a
    /// convolution before a batch normalisation, which the engine does not have, is taken off the running mean: BN(y + b; m) = BN(y; m - b).
    /// </summary>
    /// <returns>What was copied.</returns>
    /// <exception cref="PixelNetException">The first tensor that is missing or differs is named with both shapes; nothing was copied then.
    /// Or a number is NaN or infinite, or the file ends early: the network is then to be thrown away.</exception>
    public LoadedWeights LoadInto(ModelParameters parameters, IBackend backend)
    {
        var pairs = TrunkLoader.Match(this, parameters);
        long numbers = 0;
        using var reader = new TensorReader(Vgg.File.Source);
        foreach (var (tensor, target) in pairs)
        {
            TrunkLoader.Copy(this, reader, tensor, target, backend);
            numbers += target.Count;
        }
        backend.ParametersChanged();
        return new LoadedWeights(pairs.Count, numbers, [.. Vgg.Tensors.Where(tensor => !pairs.Any(pair => pair.Tensor == tensor)).Select(tensor => tensor.Name)]);
    }

    /// <summary>
    /// Writes the tensors as safetensors in float32: torchvision's names, filters [K,C,R,S] (fc6 [4096,512,7,7], fc7 [4096,4096,1,1]: the bytes
    /// of torchvision's dense layers), <c>layout</c> KCRS, and the preprocessing as metadata. One tensor at a time is in memory.
    /// </summary>
    /// <param name="stream">Where to.</param>
    /// <param name="progress">Called with the bytes written and their total; null = not.</param>
    /// <returns>The tensors that hold NaN or infinite numbers, with how many; such weights are written as they are, but no network starts from them.</returns>
    /// <exception cref="PixelNetException">The file ends early.</exception>
    public IReadOnlyList<(VggTensor Tensor, long NonFinite)> Save(Stream stream, Action<long, long>? progress = null)
    {
        var writer = new SafetensorsWriter();
        writer.AddMetadata("format", "pixelnet.weights.1");
        writer.AddMetadata("layout", "KCRS");
        writer.AddMetadata("model", Vgg.BatchNorm ? "vgg16_bn" : "vgg16");
        writer.AddMetadata("source", $"{Vgg.Convention} ({Vgg.Format})");
        foreach (var (key, value) in Preprocessing.ToMetadata()) writer.AddMetadata(key, value);
        var damaged = new List<(VggTensor, long)>();
        using var reader = new TensorReader(Vgg.File.Source);
        long done = 0, total = Vgg.Tensors.Sum(tensor => tensor.View.Count * sizeof(float));
        foreach (var tensor in Vgg.Tensors)
        {
            writer.Add(tensor.Name, "F32", tensor.View.Shape, target =>
            {
                long nonFinite = 0;
                reader.Read(tensor.Source, tensor.View, piece =>
                {
                    nonFinite += TensorStatistics.CountNonFinite(piece);
                    target.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(piece));
                    progress?.Invoke(done += piece.Length * sizeof(float), total);
                });
                if (nonFinite > 0) damaged.Add((tensor, nonFinite));
            });
        }
        writer.WriteTo(stream);
        return damaged;
    }

    /// <summary>The figures of one tensor, read piece by piece.</summary>
    /// <exception cref="PixelNetException">The file ends early.</exception>
    public TensorStatistics Measure(VggTensor tensor)
    {
        var measured = new TensorStatistics();
        using var reader = new TensorReader(Vgg.File.Source);
        reader.Read(tensor.Source, tensor.View, measured.Add);
        return measured;
    }

    /// <summary>Reads one tensor whole, in the order of its view.</summary>
    /// <exception cref="PixelNetException">The file ends early.</exception>
    public float[] Read(VggTensor tensor)
    {
        var values = new float[tensor.View.Count];
        int at = 0;
        using var reader = new TensorReader(Vgg.File.Source);
        reader.Read(tensor.Source, tensor.View, piece =>
        {
            piece.CopyTo(values.AsSpan(at));
            at += piece.Length;
        });
        return values;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => Vgg.File.Dispose();
}

/// <summary>What <see cref="PretrainedWeights.LoadInto"/> did.</summary>
/// <param name="Tensors">Tensors of the network that were filled.</param>
/// <param name="Numbers">Numbers in them.</param>
/// <param name="Unused">torchvision's names of the file's tensors that the network has no place for.</param>
public sealed record LoadedWeights(int Tensors, long Numbers, IReadOnlyList<string> Unused);
