using PixelNet.Native.Backends;
using PixelNet.Native.Model;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Training;

/// <summary>
/// The whole state of a run as one safetensors stream: parameters and statistics under their own names, filters [K,R,S,C]; the optimiser's moments
/// as <c>optim.m.conv1_1.weight</c> …; the rest in <c>__metadata__</c> (<see cref="CheckpointInfo"/>). Tensors are logical ones: no backend's
/// padding, no derived weights. Files themselves are the caller's (temporary name, flush, rename).
/// </summary>
public static class Checkpoint
{
    private const string MomentPrefix = "optim.";
    private const int CopyBytes = 1 << 20;

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="info">What the caller knows; backend, level and moments are filled in.</param>
    /// <param name="parameters">The network's tensors.</param>
    /// <param name="backend">Where they lie.</param>
    /// <param name="trainer">Whose moments are written; null = weights only, for prediction.</param>
    /// <exception cref="NonFiniteException">A tensor holds a NaN or an infinity; the stream is then of no use.</exception>
    public static void Write(Stream stream, CheckpointInfo info, ModelParameters parameters, IBackend backend, Trainer? trainer = null)
    {
        var writer = new SafetensorsWriter();
        CheckpointMetadata.Write(writer, info with
        {
            Model = parameters.Config,
            Backend = backend.Name,
            Level = backend.Level,
            Moments = trainer is null ? "" : string.Join(",", trainer.Moments.Select(moment => moment.Name)),
        });
        foreach (var (name, tensor) in Tensors(parameters, trainer))
            writer.Add(name, TypeOf(tensor), Extents(tensor.Shape), target => CopyOut(target, tensor, name, backend, info.Step));
        writer.WriteTo(stream);
    }

    /// <summary>Reads what a checkpoint says about itself, and no tensor.</summary>
    /// <exception cref="PixelNetException">It is not a checkpoint; the message says why.</exception>
    public static CheckpointInfo ReadInfo(Stream stream, string? source = null) => CheckpointMetadata.Read(new SafetensorsReader(stream, source));

    /// <summary>Reads a checkpoint into a network, and into a trainer to go on with. Everything is checked before the first tensor changes.</summary>
    /// <exception cref="PixelNetException">It is not a checkpoint, or of another network: the first tensor that differs is named with both
    /// shapes.</exception>
    public static CheckpointInfo Read(Stream stream, ModelParameters parameters, IBackend backend, Trainer? trainer = null, string? source = null)
    {
        var reader = new SafetensorsReader(stream, source);
        var info = CheckpointMetadata.Read(reader);
        CheckTensors(reader, info, parameters, trainer);
        CopyIn(reader, parameters, backend, trainer);
        return info;
    }

    /// <summary>Reads the network of a checkpoint into memory of its own, for prediction; its moments are left out.</summary>
    /// <exception cref="PixelNetException">It is not a checkpoint, or memory is short.</exception>
    public static (CheckpointInfo Info, ModelParameters Parameters) Load(Stream stream, IBackend backend, string? source = null)
    {
        var reader = new SafetensorsReader(stream, source);
        var info = CheckpointMetadata.Read(reader);
        // Shapes first: what the metadata claims must be in the file before memory is taken for it.
        var parameters = ModelParameters.Plan(info.Model);
        CheckTensors(reader, info, parameters, null);
        parameters.Allocate(backend);
        CopyIn(reader, parameters, backend, null);
        return (info, parameters);
    }

    private static void CheckTensors(SafetensorsReader reader, CheckpointInfo info, ModelParameters parameters, Trainer? trainer)
    {
        if (trainer is not null && info.Moments != string.Join(",", trainer.Moments.Select(moment => moment.Name)))
            throw new PixelNetException(info.Moments.Length == 0
                ? $"{reader.Source} holds weights only, so a run cannot go on from it; take the run's last checkpoint"
                : $"{reader.Source} holds the moments '{info.Moments}' of another optimiser than this run's; "
                    + "go on with the optimiser it was trained with");
        var expected = Tensors(parameters, trainer).ToDictionary();
        foreach (var (name, tensor) in expected)
        {
            var entry = reader.Find(name)
                ?? throw new PixelNetException($"{reader.Source} is of another network: it has no tensor '{name}', which is {tensor.Shape} here");
            if (!entry.Shape.SequenceEqual(Extents(tensor.Shape)))
                throw new PixelNetException($"{reader.Source} is of another network: tensor '{name}' is {entry.ShapeText} there and {tensor.Shape} here");
            if (entry.Type != TypeOf(tensor))
                throw new PixelNetException($"{reader.Source} holds tensor '{name}' as {entry.Type}, but {TypeOf(tensor)} is expected");
        }
        foreach (var entry in reader.Entries)
            if (!expected.ContainsKey(entry.Name) && !entry.Name.StartsWith(MomentPrefix, StringComparison.Ordinal))
                throw new PixelNetException($"{reader.Source} is of another network: its tensor '{entry.Name}' {entry.ShapeText} does not exist here");
    }

    private static IEnumerable<KeyValuePair<string, Tensor>> Tensors(ModelParameters parameters, Trainer? trainer)
    {
        foreach (var parameter in parameters.All) yield return new(parameter.Name, parameter.Value);
        foreach (var statistic in parameters.Statistics) yield return new(statistic.Name, statistic);
        if (trainer is null) yield break;
        foreach (var (name, moment) in trainer.Moments)
            foreach (var parameter in parameters.All)
                yield return new($"{MomentPrefix}{name}.{parameter.Name}", moment.View(parameter.Name, parameter.Value.Shape, parameter.Offset));
    }

    private static void CopyOut(Stream stream, Tensor tensor, string name, IBackend backend, long step)
    {
        var bytes = new byte[(int)Math.Min(tensor.ByteLength, CopyBytes)];
        for (long start = 0; start < tensor.ByteLength; start += bytes.Length)
        {
            var part = bytes.AsSpan(0, (int)Math.Min(bytes.Length, tensor.ByteLength - start));
            backend.Download(part, tensor.View(name, new Shape(part.Length), ElementType.UInt8, start));
            if (!NonFiniteSearch.IsFinite(part, tensor.Type))
                throw new NonFiniteException($"Tensor '{name}' is not finite after step {step}, so no checkpoint is written: "
                    + "lower the learning rate; the last checkpoint is as it was", step, name);
            stream.Write(part);
        }
    }

    private static void CopyIn(SafetensorsReader reader, ModelParameters parameters, IBackend backend, Trainer? trainer)
    {
        var bytes = new byte[(int)Math.Min(CopyBytes, reader.Entries.Max(entry => entry.ByteLength))];
        foreach (var (name, tensor) in Tensors(parameters, trainer))
        {
            var entry = reader.Find(name)!;
            for (long start = 0; start < entry.ByteLength; start += bytes.Length)
            {
                var part = bytes.AsSpan(0, (int)Math.Min(bytes.Length, entry.ByteLength - start));
                reader.Read(entry, part, start);
                if (!NonFiniteSearch.IsFinite(part, tensor.Type))
                    throw new PixelNetException($"{reader.Source} holds a NaN or an infinity in tensor '{name}'");
                backend.Upload(tensor.View(name, new Shape(part.Length), ElementType.UInt8, start), part);
            }
        }
        backend.ParametersChanged();
    }

    private static string TypeOf(Tensor tensor) => tensor.Type == ElementType.Float64 ? "F64" : "F32";

    private static long[] Extents(Shape shape) => [.. Enumerable.Range(0, shape.Rank).Select(axis => (long)shape[axis])];
}
