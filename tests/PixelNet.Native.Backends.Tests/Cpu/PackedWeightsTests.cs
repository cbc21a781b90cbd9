using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Sampling;
using PixelNet.Native.Tensors;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Cpu;

/// <summary>Weights that are packed once give the bytes of those that are packed with every call, and are packed anew when the parameters have changed.</summary>
public sealed class PackedWeightsTests : IDisposable
{
    private const int M = 131, In = 70, Hidden = 45, Classes = 19;

    private readonly CpuBackend _backend = new(2);
    private uint _next = 1;

    public void Dispose() => _backend.Dispose();

    [Fact]
    public void Of_a_dense_layer()
    {
        var sizes = new LinearSizes(M, In, Hidden);
        Tensor x = Random(M, In), w = Random(Hidden, In), b = Random(Hidden), y = Random(M, Hidden);
        AssertPackedOnce(_backend.Describe(sizes), w, memory =>
        {
            _backend.LinearForward(y, x, w, b, sizes, new LinearEpilogue(Relu: true), null, memory);
            return y;
        });
    }

    [Fact]
    public void Of_a_fused_head()
    {
        var sizes = new PixelMlpSizes(M, In, [Hidden], Classes);
        Tensor[] w = [Random(Hidden, In), Random(Classes, Hidden)], b = [Random(Hidden), Random(Classes)], hidden = [Random(M, Hidden)];
        Tensor x = Random(M, In), loss = Random(3), probabilities = Random(M, Classes), state = Bytes(StepState.ByteLength);
        var targets = Tensor.Allocate(_backend, "targets", new Shape(M), ElementType.Int32);
        targets.Span<int>().Clear();
        AssertPackedOnce(_backend.Describe(sizes), w[1], memory =>
        {
            _backend.PixelMlpForward(loss, probabilities, hidden, x, w, b, targets, null, sizes, 0, state, memory);
            return probabilities;
        });
    }

    private void AssertPackedOnce(OpMemoryRequest request, Tensor weight, Func<OpMemory, Tensor> forward)
    {
        Assert.True(request.PackedBytes > 0);
        var each = new OpMemory { Workspace = Bytes(request.WorkspaceBytes) };
        var once = new OpMemory { Workspace = each.Workspace, Derived = Bytes(request.PackedBytes) };
        float[] Result(OpMemory memory) => forward(memory).Span<float>().ToArray();
        float[] before = Result(each);
        Assert.Equal(before, Result(once));
        weight.Span<float>()[3] += 1;
        float[] after = Result(each);
        Assert.NotEqual(before, after);
        Assert.Equal(before, Result(once));
        _backend.ParametersChanged();
        Assert.Equal(after, Result(once));
    }

    private Tensor Bytes(long count) => Tensor.Allocate(_backend, "bytes", new Shape(checked((int)count)), ElementType.UInt8);

    private Tensor Random(params int[] shape)
    {
        var tensor = Tensor.Allocate(_backend, "random", new Shape(shape));
        var stream = new PhiloxStream(5, _next++, 0, 0);
        foreach (ref float value in tensor.Span<float>()) value = (float)(2 * stream.NextDouble() - 1);
        return tensor;
    }
}
