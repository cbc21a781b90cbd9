using static PixelNet.Native.Cuda.Driver.NativeMethods;

namespace PixelNet.Native.Cuda.Driver;

// What must be there before a GPU can be used, in the order in which it can be missing, and how failures are told.
public sealed unsafe partial class CudaDriver
{
    /// <summary>CUDA version that a driver must support to read the kernels' PTX 7.8: 11.8.</summary>
    public const int RequiredVersion = 11080;

    /// <summary>Release of the display driver that brings it.</summary>
    public const string RequiredRelease = "520";

    /// <summary>Ten times the compute capability that every kernel of the default precision runs on.</summary>
    public const int RequiredComputeCapability = 70;

    /// <summary>Ten times the compute capability that TF32 needs.</summary>
    public const int Tf32ComputeCapability = 80;

    /// <summary>CUDA version that the driver supports, 1000 * major + 10 * minor: 11080 is 11.8.</summary>
    /// <exception cref="CudaException">There is no driver.</exception>
    public static int Version
    {
        get
        {
            Require(cuDriverGetVersion(out int version), $"cuDriverGetVersion()");
            return version;
        }
    }

    /// <summary>The GPUs, whether they can be used or not.</summary>
    /// <exception cref="CudaException">There is no driver, or it does not start; none where it finds no GPU.</exception>
    public static IReadOnlyList<CudaDeviceInfo> Devices()
    {
        var status = cuInit(0);
        if (status == CUresult.CUDA_ERROR_NO_DEVICE) return [];
        if (status == CUresult.CUDA_ERROR_STUB_LIBRARY)
            throw new CudaException($"{CudaLibrary.Name} is the stub that a CUDA toolkit brings to link against, not the driver", "take its folder out of the loader's path");
        Require(status, $"cuInit()");
        Require(cuDeviceGetCount(out int count), $"cuDeviceGetCount()");
        return [.. Enumerable.Range(0, count).Select(Describe)];
    }

    /// <summary>Opens a GPU after checking all that it needs.</summary>
    /// <param name="ordinal">Its number.</param>
    /// <exception cref="CudaException">The one thing that is missing.</exception>
    public static CudaDriver Open(int ordinal = 0)
    {
        var devices = Devices();
        if (Version is var version && version < RequiredVersion)
            throw new CudaException($"the GPU driver supports CUDA {VersionText(version)} and the kernels (PTX 7.8) need {VersionText(RequiredVersion)}", $"install NVIDIA's display driver {RequiredRelease} or newer");
        if (devices.Count == 0)
            throw new CudaException("the CUDA driver finds no GPU in this machine", "put one in, or let CUDA_VISIBLE_DEVICES name it where that hides it");
        if (ordinal >= devices.Count)
            throw new CudaException($"there is no GPU {ordinal}: the machine has {devices.Count}, counted from 0");
        var device = devices[ordinal];
        if (device.ComputeCapability < RequiredComputeCapability)
            throw new CudaException($"the GPU '{device.Name}' has compute capability {device.ComputeCapabilityText} and the kernels need {RequiredComputeCapability / 10}.{RequiredComputeCapability % 10} (Volta, 2017) or higher", "use a newer GPU, or --backend cpu");
        Require(cuDeviceGet(out var handle, ordinal), $"cuDeviceGet({ordinal})");
        return new CudaDriver(device, handle);
    }

    /// <summary>11080 as 11.8.</summary>
    public static string VersionText(int version) => $"{version / 1000}.{version % 1000 / 10}";

    private static CudaDeviceInfo Describe(int ordinal)
    {
        const int NameBytes = 256;
        byte* name = stackalloc byte[NameBytes];
        Require(cuDeviceGet(out var device, ordinal), $"cuDeviceGet({ordinal})");
        Require(cuDeviceGetName(name, NameBytes, device), $"cuDeviceGetName({ordinal})");
        Require(cuDeviceTotalMem_v2(out nuint bytes, device), $"cuDeviceTotalMem({ordinal})");
        int Attribute(CUdevice_attribute attribute)
        {
            Require(cuDeviceGetAttribute(out int value, attribute, device), $"cuDeviceGetAttribute({attribute})");
            return value;
        }
        int capability = 10 * Attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR) + Attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        return new CudaDeviceInfo(ordinal, TextOf(name), capability, (long)bytes);
    }
}
