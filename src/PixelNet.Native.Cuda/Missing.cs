// Members of IBackend whose kernels are still being written. Whoever writes CudaBackend.<Op>.cs removes its members here; the file ends with
// the last of them. No program offers this backend before.
#pragma warning disable CS1591
using PixelNet.Native.Backends;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

public sealed partial class CudaBackend
{
    private static NotImplementedException Missing() => new("the kernels of this op are not written yet");

    public OpMemoryRequest Describe(in Conv2dSizes sizes) => default;
    public OpMemoryRequest Describe(in LinearSizes sizes) => default;
    public void Conv2dForward(Tensor y, Tensor x, Tensor w, Tensor? b, in Conv2dSizes sizes, bool relu, OpMemory memory) => throw Missing();
    public void Conv2dBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, in Conv2dSizes sizes, OpMemory memory) => throw Missing();
    public void Conv2dBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in Conv2dSizes sizes, OpMemory memory) => throw Missing();
    public void LinearForward(Tensor y, Tensor x, Tensor w, Tensor? b, in LinearSizes sizes, in LinearEpilogue epilogue, Tensor? stepState, OpMemory memory) => throw Missing();
    public void LinearBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, float inputDropout, in LinearSizes sizes, OpMemory memory) => throw Missing();
    public void LinearBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in LinearSizes sizes, OpMemory memory) => throw Missing();
}
