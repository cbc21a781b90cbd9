using PixelNet.Native.Backends;
using static PixelNet.Native.Cuda.Cudnn.CudnnHandle;
using static PixelNet.Native.Cuda.Cudnn.CudnnNative;

namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>A convolution of fixed sizes as cuDNN sees it: its descriptors, and the calls of its passes with one algorithm or another.</summary>
internal sealed class CudnnShape : IDisposable
{
    // More than any pass has algorithms, each of which may be tried with two math types.
    private const int MostResults = 32;

    private readonly CudnnHandle _cudnn;
    private readonly List<CudnnDescriptor> _descriptors = [];
    private readonly CudnnDescriptor _x, _y, _w, _bias, _relu, _identity;
    private readonly CudnnDescriptor[] _convolution;
    private readonly cudnnMathType_t _mathType;

    /// <summary>Describes a convolution.</summary>
    /// <param name="cudnn">The library.</param>
    /// <param name="sizes">Sizes.</param>
    /// <param name="precision">Exact fp32, or TF32 where an algorithm has it.</param>
    /// <exception cref="CudnnException">cuDNN refuses the sizes, or gives the output others than ours.</exception>
    public CudnnShape(CudnnHandle cudnn, Conv2dSizes sizes, Precision precision)
    {
        (_cudnn, Sizes) = (cudnn, sizes);
        _mathType = precision == Precision.Tf32 ? cudnnMathType_t.CUDNN_DEFAULT_MATH : cudnnMathType_t.CUDNN_FMA_MATH;
        try
        {
            _x = Keep(CudnnDescriptor.Map(sizes.N, sizes.H, sizes.W, sizes.C));
            _y = Keep(CudnnDescriptor.Map(sizes.N, sizes.P, sizes.Q, sizes.K));
            _w = Keep(CudnnDescriptor.Filters(sizes.K, sizes.R, sizes.S, sizes.C));
            _bias = Keep(CudnnDescriptor.Map(1, 1, 1, sizes.K));
            _relu = Keep(CudnnDescriptor.Activation(cudnnActivationMode_t.CUDNN_ACTIVATION_RELU));
            _identity = Keep(CudnnDescriptor.Activation(cudnnActivationMode_t.CUDNN_ACTIVATION_IDENTITY));
            _convolution = [.. Enum.GetValues<ConvolutionPass>().Select(_ => Keep(CudnnDescriptor.Convolution(sizes.PadH, sizes.PadW, _mathType)))];
            Check(cudnnGetConvolution2dForwardOutputDim(_convolution[0].Handle, _x.Handle, _w.Handle, out int n, out int c, out int h, out int w),
                nameof(cudnnGetConvolution2dForwardOutputDim), sizes);
            if ((n, h, w, c) != (sizes.N, sizes.P, sizes.Q, sizes.K))
                throw new CudnnException($"cuDNN takes the output of {sizes} to be [{n},{h},{w},{c}] and not [{sizes.N},{sizes.P},{sizes.Q},{sizes.K}]");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Sizes.</summary>
    public Conv2dSizes Sizes { get; }

    /// <summary>
    /// Runs all algorithms of a pass on memory that they overwrite, and gives those that may be used, the fastest first: deterministic ones, exact
    /// where fp32 is asked for (cuDNN also tries its default math type, which is TF32), within the workspace.
    /// </summary>
    /// <param name="pass">The pass.</param>
    /// <param name="x">x or dx.</param>
    /// <param name="y">y or dy.</param>
    /// <param name="w">w or dw.</param>
    /// <param name="workspace">Workspace.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <exception cref="CudnnException">No algorithm takes the sizes.</exception>
    public IEnumerable<CudnnAlgorithm> Measure(ConvolutionPass pass, ulong x, ulong y, ulong w, ulong workspace, long bytes)
    {
        var results = new CudnnAlgorithmPerformance[MostResults];
        nint convolution = _convolution[(int)pass].Handle;
        SetMathType(pass, _mathType);
        int returned = 0;
        Check(pass switch
        {
            ConvolutionPass.Forward => cudnnFindConvolutionForwardAlgorithmEx(_cudnn.Handle, _x.Handle, x, _w.Handle, w, convolution, _y.Handle, y,
                MostResults, out returned, ref results[0], workspace, (nuint)bytes),
            ConvolutionPass.BackwardInput => cudnnFindConvolutionBackwardDataAlgorithmEx(_cudnn.Handle, _w.Handle, w, _y.Handle, y, convolution, _x.Handle, x,
                MostResults, out returned, ref results[0], workspace, (nuint)bytes),
            _ => cudnnFindConvolutionBackwardFilterAlgorithmEx(_cudnn.Handle, _x.Handle, x, _y.Handle, y, convolution, _w.Handle, w,
                MostResults, out returned, ref results[0], workspace, (nuint)bytes),
        }, $"measuring the {NameOf(pass)}", Sizes);
        foreach (var result in results.Take(Math.Clamp(returned, 0, MostResults)).Where(result => result.Status == 0).OrderBy(result => result.Time))
        {
            if (result.Determinism != cudnnDeterminism_t.CUDNN_DETERMINISTIC) continue;
            if (_mathType == cudnnMathType_t.CUDNN_FMA_MATH && result.MathType != cudnnMathType_t.CUDNN_FMA_MATH) continue;
            if (WorkspaceOf(pass, result.Algorithm, result.MathType) is { } needed && needed <= bytes) yield return new(result.Algorithm, result.MathType, needed);
        }
    }

    /// <summary>Bytes of workspace of an algorithm, null if it does not take the sizes.</summary>
    public long? WorkspaceOf(ConvolutionPass pass, int algorithm, cudnnMathType_t mathType)
    {
        SetMathType(pass, mathType);
        nint convolution = _convolution[(int)pass].Handle;
        nuint bytes = 0;
        var status = pass switch
        {
            ConvolutionPass.Forward => cudnnGetConvolutionForwardWorkspaceSize(_cudnn.Handle, _x.Handle, _w.Handle, convolution, _y.Handle, algorithm, out bytes),
            ConvolutionPass.BackwardInput => cudnnGetConvolutionBackwardDataWorkspaceSize(_cudnn.Handle, _w.Handle, _y.Handle, convolution, _x.Handle, algorithm, out bytes),
            _ => cudnnGetConvolutionBackwardFilterWorkspaceSize(_cudnn.Handle, _x.Handle, _y.Handle, convolution, _w.Handle, algorithm, out bytes),
        };
        return status == 0 ? (long)bytes : null;
    }

    /// <summary>What a pass computes in from now on.</summary>
    public void SetMathType(ConvolutionPass pass, cudnnMathType_t mathType) => _convolution[(int)pass].SetMathType(mathType);

    /// <summary>y = relu?(x * w + b), or x * w where b is 0; the status.</summary>
    public cudnnStatus_t Forward(CudnnAlgorithm algorithm, ulong y, ulong x, ulong w, ulong b, bool relu, ulong workspace)
    {
        nint convolution = _convolution[(int)ConvolutionPass.Forward].Handle;
        // z is a valid tensor even where its factor is 0.
        return b == 0
            ? cudnnConvolutionForward(_cudnn.Handle, 1, _x.Handle, x, _w.Handle, w, convolution, algorithm.Number, workspace, (nuint)algorithm.WorkspaceBytes, 0, _y.Handle, y)
            : cudnnConvolutionBiasActivationForward(_cudnn.Handle, 1, _x.Handle, x, _w.Handle, w, convolution, algorithm.Number, workspace, (nuint)algorithm.WorkspaceBytes,
                0, _y.Handle, y, _bias.Handle, b, (relu ? _relu : _identity).Handle, _y.Handle, y);
    }

    /// <summary>dx = the gradient of x; the status.</summary>
    public cudnnStatus_t BackwardInput(CudnnAlgorithm algorithm, ulong dx, ulong dy, ulong w, ulong workspace) =>
        cudnnConvolutionBackwardData(_cudnn.Handle, 1, _w.Handle, w, _y.Handle, dy, _convolution[(int)ConvolutionPass.BackwardInput].Handle,
            algorithm.Number, workspace, (nuint)algorithm.WorkspaceBytes, 0, _x.Handle, dx);

    /// <summary>dw += the gradient of w; the status.</summary>
    public cudnnStatus_t BackwardWeight(CudnnAlgorithm algorithm, ulong dw, ulong dy, ulong x, ulong workspace) =>
        cudnnConvolutionBackwardFilter(_cudnn.Handle, 1, _x.Handle, x, _y.Handle, dy, _convolution[(int)ConvolutionPass.BackwardWeight].Handle,
            algorithm.Number, workspace, (nuint)algorithm.WorkspaceBytes, 1, _w.Handle, dw);

    /// <summary>A pass for people.</summary>
    public static string NameOf(ConvolutionPass pass) => pass switch
    {
        ConvolutionPass.Forward => "forward pass",
        ConvolutionPass.BackwardInput => "input gradient",
        _ => "weight gradient",
    };

    /// <summary>Ends the descriptors.</summary>
    public void Dispose()
    {
        foreach (var descriptor in _descriptors) descriptor.Dispose();
    }

    private CudnnDescriptor Keep(CudnnDescriptor descriptor)
    {
        _descriptors.Add(descriptor);
        return descriptor;
    }
}
