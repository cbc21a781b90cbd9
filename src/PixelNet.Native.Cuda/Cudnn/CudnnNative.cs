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
    [return: NativeTypeName("const char *")]
    internal static partial nint cudnnGetErrorString(cudnnStatus_t status);

    /// <summary>Version 9 only.</summary>
    [LibraryImport(Library)]
    internal static partial void cudnnGetLastErrorString([NativeTypeName("char *")] ref byte message, nuint maxSize);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnCreate([NativeTypeName("cudnnHandle_t *")] out nint handle);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnDestroy([NativeTypeName("cudnnHandle_t")] nint handle);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnSetStream([NativeTypeName("cudnnHandle_t")] nint handle, [NativeTypeName("cudaStream_t")] nint stream);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnCreateTensorDescriptor([NativeTypeName("cudnnTensorDescriptor_t *")] out nint descriptor);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnSetTensor4dDescriptor([NativeTypeName("cudnnTensorDescriptor_t")] nint descriptor, cudnnTensorFormat_t format,
        cudnnDataType_t type, int n, int c, int h, int w);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnDestroyTensorDescriptor([NativeTypeName("cudnnTensorDescriptor_t")] nint descriptor);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnCreateFilterDescriptor([NativeTypeName("cudnnFilterDescriptor_t *")] out nint descriptor);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnSetFilter4dDescriptor([NativeTypeName("cudnnFilterDescriptor_t")] nint descriptor, cudnnDataType_t type,
        cudnnTensorFormat_t format, int k, int c, int h, int w);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnDestroyFilterDescriptor([NativeTypeName("cudnnFilterDescriptor_t")] nint descriptor);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnCreateConvolutionDescriptor([NativeTypeName("cudnnConvolutionDescriptor_t *")] out nint descriptor);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnSetConvolution2dDescriptor([NativeTypeName("cudnnConvolutionDescriptor_t")] nint descriptor, int padH, int padW, int strideH,
        int strideW, int dilationH, int dilationW, cudnnConvolutionMode_t mode, cudnnDataType_t computeType);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnSetConvolutionMathType([NativeTypeName("cudnnConvolutionDescriptor_t")] nint descriptor, cudnnMathType_t mathType);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnGetConvolution2dForwardOutputDim([NativeTypeName("cudnnConvolutionDescriptor_t")] nint convolution,
        [NativeTypeName("cudnnTensorDescriptor_t")] nint input, [NativeTypeName("cudnnFilterDescriptor_t")] nint filter, out int n, out int c, out int h, out int w);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnDestroyConvolutionDescriptor([NativeTypeName("cudnnConvolutionDescriptor_t")] nint descriptor);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnCreateActivationDescriptor([NativeTypeName("cudnnActivationDescriptor_t *")] out nint descriptor);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnSetActivationDescriptor([NativeTypeName("cudnnActivationDescriptor_t")] nint descriptor, cudnnActivationMode_t mode,
        cudnnNanPropagation_t nan, double coefficient);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnDestroyActivationDescriptor([NativeTypeName("cudnnActivationDescriptor_t")] nint descriptor);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnFindConvolutionForwardAlgorithmEx([NativeTypeName("cudnnHandle_t")] nint handle,
        [NativeTypeName("cudnnTensorDescriptor_t")] nint xDescriptor, [NativeTypeName("const void *")] ulong x, [NativeTypeName("cudnnFilterDescriptor_t")] nint wDescriptor,
        [NativeTypeName("const void *")] ulong w, [NativeTypeName("cudnnConvolutionDescriptor_t")] nint convolution,
        [NativeTypeName("cudnnTensorDescriptor_t")] nint yDescriptor, [NativeTypeName("void *")] ulong y, int requested, out int returned,
        [NativeTypeName("cudnnConvolutionFwdAlgoPerf_t *")] ref CudnnAlgorithmPerformance results, [NativeTypeName("void *")] ulong workspace, nuint workspaceBytes);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnFindConvolutionBackwardDataAlgorithmEx([NativeTypeName("cudnnHandle_t")] nint handle,
        [NativeTypeName("cudnnFilterDescriptor_t")] nint wDescriptor, [NativeTypeName("const void *")] ulong w, [NativeTypeName("cudnnTensorDescriptor_t")] nint dyDescriptor,
        [NativeTypeName("const void *")] ulong dy, [NativeTypeName("cudnnConvolutionDescriptor_t")] nint convolution,
        [NativeTypeName("cudnnTensorDescriptor_t")] nint dxDescriptor, [NativeTypeName("void *")] ulong dx, int requested, out int returned,
        [NativeTypeName("cudnnConvolutionBwdDataAlgoPerf_t *")] ref CudnnAlgorithmPerformance results, [NativeTypeName("void *")] ulong workspace, nuint workspaceBytes);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnFindConvolutionBackwardFilterAlgorithmEx([NativeTypeName("cudnnHandle_t")] nint handle,
        [NativeTypeName("cudnnTensorDescriptor_t")] nint xDescriptor, [NativeTypeName("const void *")] ulong x, [NativeTypeName("cudnnTensorDescriptor_t")] nint dyDescriptor,
        [NativeTypeName("const void *")] ulong dy, [NativeTypeName("cudnnConvolutionDescriptor_t")] nint convolution,
        [NativeTypeName("cudnnFilterDescriptor_t")] nint dwDescriptor, [NativeTypeName("void *")] ulong dw, int requested, out int returned,
        [NativeTypeName("cudnnConvolutionBwdFilterAlgoPerf_t *")] ref CudnnAlgorithmPerformance results, [NativeTypeName("void *")] ulong workspace, nuint workspaceBytes);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnGetConvolutionForwardWorkspaceSize([NativeTypeName("cudnnHandle_t")] nint handle,
        [NativeTypeName("cudnnTensorDescriptor_t")] nint xDescriptor, [NativeTypeName("cudnnFilterDescriptor_t")] nint wDescriptor,
        [NativeTypeName("cudnnConvolutionDescriptor_t")] nint convolution, [NativeTypeName("cudnnTensorDescriptor_t")] nint yDescriptor,
        [NativeTypeName("cudnnConvolutionFwdAlgo_t")] int algorithm, out nuint bytes);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnGetConvolutionBackwardDataWorkspaceSize([NativeTypeName("cudnnHandle_t")] nint handle,
        [NativeTypeName("cudnnFilterDescriptor_t")] nint wDescriptor, [NativeTypeName("cudnnTensorDescriptor_t")] nint dyDescriptor,
        [NativeTypeName("cudnnConvolutionDescriptor_t")] nint convolution, [NativeTypeName("cudnnTensorDescriptor_t")] nint dxDescriptor,
        [NativeTypeName("cudnnConvolutionBwdDataAlgo_t")] int algorithm, out nuint bytes);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnGetConvolutionBackwardFilterWorkspaceSize([NativeTypeName("cudnnHandle_t")] nint handle,
        [NativeTypeName("cudnnTensorDescriptor_t")] nint xDescriptor, [NativeTypeName("cudnnTensorDescriptor_t")] nint dyDescriptor,
        [NativeTypeName("cudnnConvolutionDescriptor_t")] nint convolution, [NativeTypeName("cudnnFilterDescriptor_t")] nint dwDescriptor,
        [NativeTypeName("cudnnConvolutionBwdFilterAlgo_t")] int algorithm, out nuint bytes);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnConvolutionForward([NativeTypeName("cudnnHandle_t")] nint handle, [NativeTypeName("const void *")] in float alpha,
        [NativeTypeName("cudnnTensorDescriptor_t")] nint xDescriptor, [NativeTypeName("const void *")] ulong x, [NativeTypeName("cudnnFilterDescriptor_t")] nint wDescriptor,
        [NativeTypeName("const void *")] ulong w, [NativeTypeName("cudnnConvolutionDescriptor_t")] nint convolution,
        [NativeTypeName("cudnnConvolutionFwdAlgo_t")] int algorithm, [NativeTypeName("void *")] ulong workspace, nuint workspaceBytes,
        [NativeTypeName("const void *")] in float beta, [NativeTypeName("cudnnTensorDescriptor_t")] nint yDescriptor, [NativeTypeName("void *")] ulong y);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnConvolutionBiasActivationForward([NativeTypeName("cudnnHandle_t")] nint handle,
        [NativeTypeName("const void *")] in float alpha1, [NativeTypeName("cudnnTensorDescriptor_t")] nint xDescriptor, [NativeTypeName("const void *")] ulong x,
        [NativeTypeName("cudnnFilterDescriptor_t")] nint wDescriptor, [NativeTypeName("const void *")] ulong w,
        [NativeTypeName("cudnnConvolutionDescriptor_t")] nint convolution, [NativeTypeName("cudnnConvolutionFwdAlgo_t")] int algorithm,
        [NativeTypeName("void *")] ulong workspace, nuint workspaceBytes, [NativeTypeName("const void *")] in float alpha2,
        [NativeTypeName("cudnnTensorDescriptor_t")] nint zDescriptor, [NativeTypeName("const void *")] ulong z,
        [NativeTypeName("cudnnTensorDescriptor_t")] nint biasDescriptor, [NativeTypeName("const void *")] ulong bias,
        [NativeTypeName("cudnnActivationDescriptor_t")] nint activation, [NativeTypeName("cudnnTensorDescriptor_t")] nint yDescriptor, [NativeTypeName("void *")] ulong y);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnConvolutionBackwardData([NativeTypeName("cudnnHandle_t")] nint handle, [NativeTypeName("const void *")] in float alpha,
        [NativeTypeName("cudnnFilterDescriptor_t")] nint wDescriptor, [NativeTypeName("const void *")] ulong w, [NativeTypeName("cudnnTensorDescriptor_t")] nint dyDescriptor,
        [NativeTypeName("const void *")] ulong dy, [NativeTypeName("cudnnConvolutionDescriptor_t")] nint convolution,
        [NativeTypeName("cudnnConvolutionBwdDataAlgo_t")] int algorithm, [NativeTypeName("void *")] ulong workspace, nuint workspaceBytes,
        [NativeTypeName("const void *")] in float beta, [NativeTypeName("cudnnTensorDescriptor_t")] nint dxDescriptor, [NativeTypeName("void *")] ulong dx);

    [LibraryImport(Library)]
    internal static partial cudnnStatus_t cudnnConvolutionBackwardFilter([NativeTypeName("cudnnHandle_t")] nint handle, [NativeTypeName("const void *")] in float alpha,
        [NativeTypeName("cudnnTensorDescriptor_t")] nint xDescriptor, [NativeTypeName("const void *")] ulong x, [NativeTypeName("cudnnTensorDescriptor_t")] nint dyDescriptor,
        [NativeTypeName("const void *")] ulong dy, [NativeTypeName("cudnnConvolutionDescriptor_t")] nint convolution,
        [NativeTypeName("cudnnConvolutionBwdFilterAlgo_t")] int algorithm, [NativeTypeName("void *")] ulong workspace, nuint workspaceBytes,
        [NativeTypeName("const void *")] in float beta, [NativeTypeName("cudnnFilterDescriptor_t")] nint dwDescriptor, [NativeTypeName("void *")] ulong dw);
}
