namespace PixelNet.Native.Cuda.Driver;

/// <summary>Properties of a device that the host code asks for, with the numbers of <c>CUdevice_attribute</c>.</summary>
public enum CudaDeviceAttribute
{
    /// <summary>Most threads of a block.</summary>
    MaxThreadsPerBlock = 1,

    /// <summary>Streaming multiprocessors.</summary>
    MultiprocessorCount = 16,

    /// <summary>First number of the compute capability, 8 of 8.0.</summary>
    ComputeCapabilityMajor = 75,

    /// <summary>Second number of the compute capability.</summary>
    ComputeCapabilityMinor = 76,

    /// <summary>Most shared memory of a block after opting in, in bytes.</summary>
    MaxSharedMemoryPerBlockOptin = 97,
}
