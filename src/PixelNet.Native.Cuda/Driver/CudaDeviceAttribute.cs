namespace PixelNet.Native.Cuda.Driver;

/// <summary>Properties of a device that the host code asks for, with the numbers of <c>CUdevice_attribute</c>.</summary>
public enum CudaDeviceAttribute
{
    /// <summary>Most threads of a block.</summary>
    MaxThreadsPerBlock = CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK,

    /// <summary>Streaming multiprocessors.</summary>
    MultiprocessorCount = CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT,

    /// <summary>The L2 cache, in bytes.</summary>
    L2CacheSize = CUdevice_attribute.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE,

    /// <summary>First number of the compute capability, 8 of 8.0.</summary>
    ComputeCapabilityMajor = CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR,

    /// <summary>Second number of the compute capability.</summary>
    ComputeCapabilityMinor = CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR,

    /// <summary>Most shared memory of a block after opting in, in bytes.</summary>
    MaxSharedMemoryPerBlockOptin = CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN,
}
