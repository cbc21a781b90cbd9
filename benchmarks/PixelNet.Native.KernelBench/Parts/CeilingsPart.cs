using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.KernelBench.Measurement;
using PixelNet.Native.KernelBench.Results;

namespace PixelNet.Native.KernelBench.Parts;

/// <summary>The machine's ceilings; on the emulator each probe kernel runs once, so that it is known to be sound.</summary>
internal static class CeilingsPart
{
    public static ResultFile Run(ICudaDriver driver, bool timed)
    {
        var notes = new List<string>();
        if (timed) return new ResultFile { Ceilings = CeilingProbes.Measure(driver, notes.Add), Notes = notes };
        return new ResultFile { Checks = [.. CeilingProbes.Check(driver)], Notes = ["ceilings: not timed, the emulator has no clock"] };
    }
}
