using static PixelNet.Native.Cuda.Cudnn.CudnnHandle;
using static PixelNet.Native.Cuda.Cudnn.CudnnNative;

namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>A description of a tensor, of filters, of a convolution or of an activation.</summary>
internal sealed class CudnnDescriptor : IDisposable
{
    private readonly Func<nint, cudnnStatus_t> _destroy;
    private nint _handle;

    private CudnnDescriptor(nint handle, Func<nint, cudnnStatus_t> destroy) => (_handle, _destroy) = (handle, destroy);

    /// <summary>cuDNN's own handle.</summary>
    public nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>A map [N,H,W,C] of floats; cuDNN takes the sizes in another order than they lie in.</summary>
    public static CudnnDescriptor Map(int n, int h, int w, int c)
    {
        Check(cudnnCreateTensorDescriptor(out nint handle), nameof(cudnnCreateTensorDescriptor));
        var descriptor = new CudnnDescriptor(handle, cudnnDestroyTensorDescriptor);
        return descriptor.Set(cudnnSetTensor4dDescriptor(handle, cudnnTensorFormat_t.CUDNN_TENSOR_NHWC, cudnnDataType_t.CUDNN_DATA_FLOAT, n, c, h, w), nameof(cudnnSetTensor4dDescriptor), "NHWC", "float", n, c, h, w);
    }

    /// <summary>Filters [K,R,S,C] of floats: the format NHWC makes them lie so.</summary>
    public static CudnnDescriptor Filters(int k, int r, int s, int c)
    {
        Check(cudnnCreateFilterDescriptor(out nint handle), nameof(cudnnCreateFilterDescriptor));
        var descriptor = new CudnnDescriptor(handle, cudnnDestroyFilterDescriptor);
        return descriptor.Set(cudnnSetFilter4dDescriptor(handle, cudnnDataType_t.CUDNN_DATA_FLOAT, cudnnTensorFormat_t.CUDNN_TENSOR_NHWC, k, c, r, s), nameof(cudnnSetFilter4dDescriptor), "float", "NHWC", k, c, r, s);
    }

    /// <summary>Cross-correlation of stride 1 with zero padding, summed in floats.</summary>
    public static CudnnDescriptor Convolution(int padH, int padW, cudnnMathType_t mathType)
    {
        Check(cudnnCreateConvolutionDescriptor(out nint handle), nameof(cudnnCreateConvolutionDescriptor));
        var descriptor = new CudnnDescriptor(handle, cudnnDestroyConvolutionDescriptor);
        descriptor.Set(cudnnSetConvolution2dDescriptor(handle, padH, padW, 1, 1, 1, 1, cudnnConvolutionMode_t.CUDNN_CROSS_CORRELATION, cudnnDataType_t.CUDNN_DATA_FLOAT),
            nameof(cudnnSetConvolution2dDescriptor), padH, padW, 1, 1, 1, 1, "cross-correlation", "float");
        descriptor.SetMathType(mathType);
        return descriptor;
    }

    /// <summary>ReLU, or nothing, behind a convolution.</summary>
    public static CudnnDescriptor Activation(cudnnActivationMode_t mode)
    {
        Check(cudnnCreateActivationDescriptor(out nint handle), nameof(cudnnCreateActivationDescriptor));
        var descriptor = new CudnnDescriptor(handle, cudnnDestroyActivationDescriptor);
        return descriptor.Set(cudnnSetActivationDescriptor(handle, mode, cudnnNanPropagation_t.CUDNN_NOT_PROPAGATE_NAN, 0), nameof(cudnnSetActivationDescriptor), mode, "no NaN", 0);
    }

    /// <summary>What a convolution may compute in; before its workspace is asked for and before it runs.</summary>
    public void SetMathType(cudnnMathType_t mathType) => Set(cudnnSetConvolutionMathType(_handle, mathType), nameof(cudnnSetConvolutionMathType), mathType);

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        if (_handle != 0) _ = _destroy(_handle);
        _handle = 0;
    }

    // A descriptor that is refused is not left behind.
    private CudnnDescriptor Set(cudnnStatus_t status, string call, params ReadOnlySpan<object> arguments)
    {
        if (status != 0) Dispose();
        Check(status, call, arguments);
        return this;
    }
}
