using System.Runtime.InteropServices;
using PixelNet.Native.Data.Weights;
using PixelNet.Native.Model;
using PixelNet.Native.Training;

namespace PixelNet.Native.Data.Runs;

/// <summary>A checkpoint to export: what it says about itself, and its network's tensors, which stay in the file until they are written elsewhere.</summary>
public sealed class CheckpointTensors : IDisposable
{
    private readonly WeightFile _file;
    private readonly Dictionary<string, WeightTensor> _byName;

    private CheckpointTensors(WeightFile file, CheckpointInfo info)
    {
        (_file, Info) = (file, info);
        _byName = file.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        using var parameters = ModelParameters.Plan(info.Model);
        HeadNames = [.. parameters.All.Where(parameter => parameter.InHead).Select(parameter => parameter.Name),
            .. parameters.Statistics.Select(statistic => statistic.Name).Where(name => name.StartsWith("taps.", StringComparison.Ordinal))];
        foreach (var tensor in parameters.All.Select(parameter => parameter.Value).Concat(parameters.Statistics))
        {
            long[] expected = [.. Enumerable.Range(0, tensor.Shape.Rank).Select(axis => (long)tensor.Shape[axis])];
            if (!_byName.TryGetValue(tensor.Name, out var there)) throw new PixelNetException($"{file.Source} is damaged: it has no tensor '{tensor.Name}', which its network needs");
            if (!there.View.Shape.SequenceEqual(expected) || there.Code != ElementCode.F32)
                throw new PixelNetException($"{file.Source} is damaged: tensor '{tensor.Name}' is {there.View} of {there.TypeName}, but {tensor.Shape} of F32 is what its network needs");
        }
    }

    /// <summary>What the checkpoint says about itself.</summary>
    public CheckpointInfo Info { get; }

    /// <summary>What messages call the file.</summary>
    public string Source => _file.Source;

    /// <summary>Names of the tensors that are not the trunk's: the head's, and the measured ones of the taps.</summary>
    internal IReadOnlyList<string> HeadNames { get; }

    /// <summary>The file, for <see cref="VggWeights"/> to find the trunk in.</summary>
    internal WeightFile File => _file;

    /// <summary>Opens a checkpoint; only its header is read.</summary>
    /// <exception cref="PixelNetException">It is missing, truncated, damaged or no checkpoint of this program; the message says which.</exception>
    public static CheckpointTensors Open(string path)
    {
        var stream = CheckpointFile.OpenRead(path);
        try
        {
            var info = Checkpoint.ReadInfo(stream, path);
            return new CheckpointTensors(WeightFile.Open(stream, path), info);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Where the elements of a tensor lie, as the engine lays them out: filters [K,R,S,C], dense weights [Out,In].</summary>
    internal StridedView View(string name) => _byName[name].View;

    /// <summary>The numbers of a view of a tensor, in its order, as little-endian floats.</summary>
    /// <exception cref="PixelNetException">The file ends early, or holds a NaN or an infinity.</exception>
    internal void CopyTo(Stream target, string name, StridedView view)
    {
        using var reader = new TensorReader(Source);
        reader.Read(_byName[name], view, piece =>
        {
            if (TensorStatistics.CountNonFinite(piece) > 0) throw new PixelNetException($"{Source} holds a NaN or an infinity in tensor '{name}'; export an earlier checkpoint");
            target.Write(MemoryMarshal.AsBytes(piece));
        });
    }

    /// <summary>A small tensor, whole.</summary>
    internal float[] Read(string name)
    {
        var bytes = new MemoryStream();
        CopyTo(bytes, name, View(name));
        return MemoryMarshal.Cast<byte, float>(bytes.ToArray()).ToArray();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
