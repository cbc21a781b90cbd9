using System.Runtime.InteropServices;
using PixelNet.Native.Backends;
using PixelNet.Native.Model;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Diagnostics.Cases;

/// <summary>A <see cref="NetCase"/> with memory on a backend, and values that are a function of a seed: the same in float and in double.</summary>
public sealed class NetRun : IDisposable
{
    private const uint ValuePurpose = 0x7E7, BatchPurpose = 0x7E8;
    private static readonly ChannelTransform Preprocessing = new(true, 1 / 64f, 1 / 60f, 1 / 70f, -2, -2.1f, -1.9f);
    private readonly NetCase _case;
    private readonly IBackend _backend;

    /// <summary>Plans, allocates and fills.</summary>
    /// <param name="case">What is run.</param>
    /// <param name="backend">What computes; the caller disposes of it, after the run.</param>
    /// <param name="real">Float32; Float64 on the reference backend only.</param>
    /// <param name="seed">What all values are a function of.</param>
    public NetRun(NetCase @case, IBackend backend, ElementType real, uint seed = 1)
    {
        (_case, _backend) = (@case, backend);
        Model = new PixelNetModel(@case.Config, backend, @case.Input, @case.Samples, ModelMode.Training, Preprocessing, real);
        Model.Allocate();
        // Gaps of the arena stay 0.
        backend.Fill(Model.Parameters.Values, 0);
        uint tensor = 0;
        foreach (var parameter in Model.Parameters.All)
        {
            var random = new PhiloxStream(seed, ValuePurpose, tensor++, 0);
            double sigma = parameter.Role == ParameterRole.Weight ? Math.Sqrt(2.0 / parameter.FanIn) : 0.2, mean = parameter.Role == ParameterRole.NormScale ? 1 : 0;
            Write(parameter.Value, [.. Enumerable.Range(0, (int)parameter.Value.Count).Select(_ => (double)(float)(mean + sigma * random.NextNormal()))]);
        }
        foreach (var statistic in Model.Parameters.Statistics)
        {
            var random = new PhiloxStream(seed, ValuePurpose, tensor++, 0);
            bool isMean = statistic.Name.EndsWith("mean", StringComparison.Ordinal);
            Write(statistic, [.. Enumerable.Range(0, (int)statistic.Count).Select(_ => (double)(float)(isMean ? 0.3 * random.NextNormal() : 0.5 + random.NextDouble()))]);
        }
        backend.ParametersChanged();
        Model.SetClassWeights(@case.ClassWeights ? [.. Enumerable.Range(0, @case.Config.Classes).Select(c => 0.5 + 0.75 * c)] : []);
        Model.LoadBatch(Batch(seed));
    }

    /// <summary>The net.</summary>
    public PixelNetModel Model { get; }

    /// <summary>The forward pass, dropout with the masks of one fixed step.</summary>
    /// <returns>The loss.</returns>
    public double Forward()
    {
        Model.Forward(CaseStep.State);
        return Model.ReadLoss().Loss;
    }

    /// <summary>The backward pass, from gradients of 0.</summary>
    public void Backward()
    {
        Model.ZeroGradients();
        Model.Backward();
    }

    /// <summary>The sign behind every ReLU and the position of every maximum, of the last forward pass.</summary>
    public byte[] Branches()
    {
        var units = Model.Trunk.Blocks.SelectMany(block => block.Units).Select(unit => unit.Y).Concat(Model.Head.Hidden);
        var pools = Model.Trunk.Blocks.Select(block => block.Pool?.Argmax).OfType<Tensor>();
        return [.. units.SelectMany(y => Read(y).Select(value => value > 0 ? (byte)1 : (byte)0)), .. pools.SelectMany(Bytes)];
    }

    /// <summary>All elements.</summary>
    public double[] Read(Tensor tensor) => tensor.Type == ElementType.Float64
        ? MemoryMarshal.Cast<byte, double>(Bytes(tensor)).ToArray()
        : Array.ConvertAll(MemoryMarshal.Cast<byte, float>(Bytes(tensor)).ToArray(), value => (double)value);

    /// <summary>Sets all elements of a parameter or statistic.</summary>
    public void Write(Tensor tensor, double[] values)
    {
        _backend.Upload(tensor, tensor.Type == ElementType.Float64
            ? MemoryMarshal.AsBytes<double>(values) : MemoryMarshal.AsBytes<float>(Array.ConvertAll(values, value => (float)value)));
        _backend.ParametersChanged();
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => Model.Dispose();

    private byte[] Bytes(Tensor tensor)
    {
        var bytes = new byte[tensor.ByteLength];
        _backend.Download(bytes, tensor);
        return bytes;
    }

    /// <summary>Noise; samples image by image, corners first; a sixth of the targets ignored.</summary>
    private HostBatch Batch(uint seed)
    {
        var (n, height, width) = _case.Input;
        var batch = new HostBatch(_case.Input, _case.Samples, Model.Levels);
        var random = new PhiloxStream(seed, BatchPurpose, 0, 0);
        foreach (ref byte value in batch.Images.AsSpan()) value = (byte)random.NextInt(256);
        for (int m = 0; m < _case.Samples; m++)
        {
            int image = m * n / _case.Samples, within = m - (image * _case.Samples + n - 1) / n;
            var (y, x) = within < 4 ? (within / 2 * (height - 1), within % 2 * (width - 1)) : (random.NextInt(height), random.NextInt(width));
            (batch.Samples[3 * m], batch.Samples[3 * m + 1], batch.Samples[3 * m + 2]) = (image, y, x);
            batch.Targets[m] = m % 6 == 5 ? 255 : random.NextInt(_case.Config.Classes);
        }
        foreach (var cells in batch.Cells) cells.Build(batch.Samples);
        return batch;
    }
}
