using System.Runtime.InteropServices;

namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>
/// cuDNN's functions as its headers declare them, the same in versions 8 and 9: status 0 is success, all other numbers differ between the two.
/// Handles and descriptors are opaque pointers, tensors device addresses, alpha and beta host floats.
/// </summary>
internal static partial class CudnnNative
{
    internal const string Library = "cudnn";

    static CudnnNative() => NativeLibraries.Register(Library, () => CudnnLibrary.Found.Handle);

    [LibraryImport(Library)]
    internal static partial nuint cudnnGetVersion();

    [LibraryImport(Library)]
    internal static partial nuint cudnnGetCudartVersion();

    [LibraryImport(Library)]
    internal static partial nint cudnnGetErrorString(int status);

    /// <summary>Version 9 only.</summary>
    [LibraryImport(Library)]
    internal static partial void cudnnGetLastErrorString(Span<byte> message, nuint maxSize);

    [LibraryImport(Library)]
    internal static partial int cudnnCreate(out nint handle);

    [LibraryImport(Library)]
    internal static partial int cudnnDestroy(nint handle);

    [LibraryImport(Library)]
    internal static partial int cudnnSetStream(nint handle, nint stream);

    [LibraryImport(Library)]
    internal static partial int cudnnCreateTensorDescriptor(out nint descriptor);

    [LibraryImport(Library)]
    internal static partial int cudnnSetTensor4dDescriptor(nint descriptor, CudnnTensorFormat format, CudnnDataType type, int n, int c, int h, int w);

    [LibraryImport(Library)]
    internal static partial int cudnnDestroyTensorDescriptor(nint descriptor);

    [LibraryImport(Library)]
    internal static partial int cudnnCreateFilterDescriptor(out nint descriptor);

    [LibraryImport(Library)]
    internal static partial int cudnnSetFilter4dDescriptor(nint descriptor, CudnnDataType type, CudnnTensorFormat format, int k, int c, int h, int w);

    [LibraryImport(Library)]
    internal static partial int cudnnDestroyFilterDescriptor(nint descriptor);

    [LibraryImport(Library)]
    internal static partial int cudnnCreateConvolutionDescriptor(out nint descriptor);

    [LibraryImport(Library)]
    internal static partial int cudnnSetConvolution2dDescriptor(nint descriptor, int padH, int padW, int strideH, int strideW, int dilationH, int dilationW,
        CudnnConvolutionMode mode, CudnnDataType computeType);

    [LibraryImport(Library)]
    internal static partial int cudnnSetConvolutionMathType(nint descriptor, CudnnMathType mathType);

    [LibraryImport(Library)]
    internal static partial int cudnnGetConvolution2dForwardOutputDim(nint convolution, nint input, nint filter, out int n, out int c, out int h, out int w);

    [LibraryImport(Library)]
    internal static partial int cudnnDestroyConvolutionDescriptor(nint descriptor);

    [LibraryImport(Library)]
    internal static partial int cudnnCreateActivationDescriptor(out nint descriptor);

    [LibraryImport(Library)]
    internal static partial int cudnnSetActivationDescriptor(nint descriptor, CudnnActivationMode mode, CudnnNanPropagation nan, double coefficient);

    [LibraryImport(Library)]
    internal static partial int cudnnDestroyActivationDescriptor(nint descriptor);

    [LibraryImport(Library)]
    internal static partial int cudnnFindConvolutionForwardAlgorithmEx(nint handle, nint xDescriptor, ulong x, nint wDescriptor, ulong w, nint convolution,
        nint yDescriptor, ulong y, int requested, out int returned, Span<CudnnAlgorithmPerformance> results, ulong workspace, nuint workspaceBytes);

    [LibraryImport(Library)]
    internal static partial int cudnnFindConvolutionBackwardDataAlgorithmEx(nint handle, nint wDescriptor, ulong w, nint dyDescriptor, ulong dy, nint convolution,
        nint dxDescriptor, ulong dx, int requested, out int returned, Span<CudnnAlgorithmPerformance> results, ulong workspace, nuint workspaceBytes);

    [LibraryImport(Library)]
    internal static partial int cudnnFindConvolutionBackwardFilterAlgorithmEx(nint handle, nint xDescriptor, ulong x, nint dyDescriptor, ulong dy, nint convolution,
        nint dwDescriptor, ulong dw, int requested, out int returned, Span<CudnnAlgorithmPerformance> results, ulong workspace, nuint workspaceBytes);

    [LibraryImport(Library)]
    internal static partial int cudnnGetConvolutionForwardWorkspaceSize(nint handle, nint xDescriptor, nint wDescriptor, nint convolution, nint yDescriptor,
        int algorithm, out nuint bytes);

    [LibraryImport(Library)]
    internal static partial int cudnnGetConvolutionBackwardDataWorkspaceSize(nint handle, nint wDescriptor, nint dyDescriptor, nint convolution, nint dxDescriptor,
        int algorithm, out nuint bytes);

    [LibraryImport(Library)]
    internal static partial int cudnnGetConvolutionBackwardFilterWorkspaceSize(nint handle, nint xDescriptor, nint dyDescriptor, nint convolution, nint dwDescriptor,
        int algorithm, out nuint bytes);

    [LibraryImport(Library)]
    internal static partial int cudnnConvolutionForward(nint handle, in float alpha, nint xDescriptor, ulong x, nint wDescriptor, ulong w, nint convolution,
        int algorithm, ulong workspace, nuint workspaceBytes, in float beta, nint yDescriptor, ulong y);

    [LibraryImport(Library)]
    internal static partial int cudnnConvolutionBiasActivationForward(nint handle, in float alpha1, nint xDescriptor, ulong x, nint wDescriptor, ulong w,
        nint convolution, int algorithm, ulong workspace, nuint workspaceBytes, in float alpha2, nint zDescriptor, ulong z, nint biasDescriptor, ulong bias,
        nint activation, nint yDescriptor, ulong y);

    [LibraryImport(Library)]
    internal static partial int cudnnConvolutionBackwardData(nint handle, in float alpha, nint wDescriptor, ulong w, nint dyDescriptor, ulong dy, nint convolution,
        int algorithm, ulong workspace, nuint workspaceBytes, in float beta, nint dxDescriptor, ulong dx);

    [LibraryImport(Library)]
    internal static partial int cudnnConvolutionBackwardFilter(nint handle, in float alpha, nint xDescriptor, ulong x, nint dyDescriptor, ulong dy, nint convolution,
        int algorithm, ulong workspace, nuint workspaceBytes, in float beta, nint dwDescriptor, ulong dw);
}
