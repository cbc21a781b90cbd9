namespace PixelNet.Native.Cuda.Driver;

/// <summary>A GPU as the driver lists it.</summary>
/// <param name="Ordinal">Its number, from 0; <c>CUDA_VISIBLE_DEVICES</c> hides and orders them.</param>
/// <param name="Name">Such as <c>NVIDIA H100 PCIe</c>.</param>
/// <param name="ComputeCapability">Ten times the compute capability: 90.</param>
/// <param name="MemoryBytes">Device memory.</param>
public sealed record CudaDeviceInfo(int Ordinal, string Name, int ComputeCapability, long MemoryBytes)
{
    /// <summary>The compute capability as people write it: 9.0.</summary>
    public string ComputeCapabilityText => $"{ComputeCapability / 10}.{ComputeCapability % 10}";
}
