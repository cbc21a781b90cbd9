using System.Runtime.Intrinsics.X86;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// The caches of this machine, by which the work is cut where the cut does not change the result.
/// </summary>
internal static class CacheSizes
{
    // Where the processor does not say, and bounds for what a virtual one may say.
    private const int Usual = 1 << 20, Least = 1 << 18, Most = 1 << 22;
    private const int IntelLeaf = 4, AmdLeaf = unchecked((int)0x8000001D), MaxCaches = 8;

    /// <summary>Bytes of one core's second-level cache.</summary>
    public static readonly int L2 = X86Base.IsSupported ? Math.Clamp(FromCpuId(), Least, Most) : Usual;

    // Both vendors describe the caches one by one in the same form (Intel SDM vol. 2A, CPUID leaf 4; AMD APM vol. 3, Fn8000_001D), AMD under another number.
    private static int FromCpuId()
    {
        bool amd = (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax >= unchecked((uint)AmdLeaf);
        foreach (int leaf in amd ? [AmdLeaf, IntelLeaf] : (int[])[IntelLeaf])
        {
            if (leaf == IntelLeaf && X86Base.CpuId(0, 0).Eax < IntelLeaf) break;
            for (int cache = 0; cache < MaxCaches; cache++)
            {
                var (a, b, c, _) = X86Base.CpuId(leaf, cache);
                if ((a & 31) == 0) break;
                if ((a >> 5 & 7) == 2) return checked(((int)((uint)b >> 22) + 1) * ((b >> 12 & 1023) + 1) * ((b & 4095) + 1) * (c + 1));
            }
        }
        return Usual;
    }
}
