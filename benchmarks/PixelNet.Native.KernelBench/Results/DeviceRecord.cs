namespace PixelNet.Native.KernelBench.Results;

/// <summary>Where something was measured.</summary>
/// <param name="Name">Such as <c>NVIDIA H100 PCIe</c>, or <c>emulator</c>.</param>
/// <param name="ComputeCapability">Such as <c>9.0</c>.</param>
/// <param name="CudaVersion">That the driver supports.</param>
/// <param name="MemoryBytes">Device memory.</param>
/// <param name="L2Bytes">Its L2 cache.</param>
/// <param name="Multiprocessors">How many.</param>
/// <param name="Commit">Of the sources that were built.</param>
/// <param name="Version">Of the program.</param>
/// <param name="Cudnn">Version of cuDNN; null = not there.</param>
/// <param name="Cublas">Version of cuBLAS; null = not there.</param>
public sealed record DeviceRecord(string Name, string ComputeCapability, string CudaVersion, long MemoryBytes, int L2Bytes, int Multiprocessors, string Commit, string Version,
    string? Cudnn = null, string? Cublas = null);

/// <summary>One thing that had to hold.</summary>
/// <param name="Name">What.</param>
/// <param name="Passed">Whether it held.</param>
/// <param name="Detail">Figures, or what was wrong.</param>
public sealed record CheckRecord(string Name, bool Passed, string Detail);
