using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Runtime;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// What lies around the ops of a step: the next batch comes in while this one is computed, and the ops themselves, once they have run, are a CUDA graph.
public sealed partial class CudaBackend
{
    private readonly CudaStaging _staging;
    // By reference; null = done once, without being captured.
    private readonly Dictionary<Action, CudaGraphExec?> _repeated = new(ReferenceEqualityComparer.Instance);

    /// <summary>As many as are staged: they wait on the device.</summary>
    public long StageBytes(long byteLength) => byteLength;

    /// <inheritdoc/>
    public void Stage(Tensor stage, long byteOffset, ReadOnlySpan<byte> source) => _staging.Stage(Address(stage), stage.ByteLength, byteOffset, source);

    /// <inheritdoc/>
    public void Unstage(Tensor destination, Tensor stage)
    {
        if (destination.ByteLength != stage.ByteLength) throw new ArgumentException($"'{stage.Name}' of {stage.ByteLength} bytes does not fill '{destination.Name}' of {destination.ByteLength}");
        _staging.Unstage(Address(destination), Address(stage), stage.ByteLength);
    }

    /// <summary>
    /// The first time the ops are started one by one, which loads their modules, chooses algorithms and fills tables; the second time they are captured as a graph,
    /// which is launched then and from then on.
    /// </summary>
    public void Repeat(Action work)
    {
        if (!Options.Graph)
        {
            work();
            return;
        }
        if (!_repeated.TryGetValue(work, out var graph))
        {
            work();
            _repeated.Add(work, null);
            return;
        }
        if (graph is null) _repeated[work] = graph = Capture(work);
        graph.Launch(_stream);
    }

    private CudaGraphExec Capture(Action work)
    {
        _stream.BeginCapture();
        try
        {
            work();
        }
        catch
        {
            // What failed is told, and not that nothing can be freed while a stream is captured.
            try
            {
                _stream.EndCapture().Dispose();
            }
            catch (CudaException)
            {
            }
            throw;
        }
        return _stream.EndCapture();
    }
}
