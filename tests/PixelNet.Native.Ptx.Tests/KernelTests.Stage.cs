using System.Runtime.InteropServices;
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>Ops of several buffers and launches.</summary>
public partial class KernelTests
{
    /// <summary>A device with some modules, its buffers and launches, for one seed.</summary>
    private sealed class Stage(EmulatedDevice device, IReadOnlyList<LoadedModule> modules, ulong seed)
    {
        public EmulatedDevice Device => device;

        /// <summary>What is compared, by name: address and elements, all of four bytes.</summary>
        public Dictionary<string, (ulong Address, int Count)> Outputs { get; } = [];

        public List<LaunchReport> Reports { get; } = [];

        public ulong Upload<T>(params T[] values) where T : unmanaged => Emulation.Upload(device, values);

        /// <summary>An unwritten output.</summary>
        public ulong Output(string name, int count) => Keep(name, device.Allocate(4L * count, name), count);

        /// <summary>An output that has values.</summary>
        public ulong Output(string name, float[] initial) => Keep(name, Emulation.Upload(device, initial), initial.Length);

        public void Launch(string entry, Dim3 grid, Dim3 block, int dynamicShared, params object[] arguments)
        {
            var kernel = modules.First(m => m.Module.Entries.Any(e => e.Name == entry)).GetKernel(entry);
            var report = device.Launch(kernel, grid, block, Pack(kernel.Entry, arguments), dynamicShared, Observers.All, seed);
            Assert.True(report.IsClean, string.Join("\n", report.Findings));
            Reports.Add(report);
        }

        private ulong Keep(string name, ulong address, int count)
        {
            Outputs.Add(name, (address, count));
            return address;
        }
    }

    /// <summary>Runs the steps for each seed on fresh memory: no finding, and the same bytes in every output.</summary>
    private static (Dictionary<string, float[]> Outputs, List<LaunchReport> Reports) RunStages(string stem, Action<Stage> steps) => RunStages([stem], steps);

    private static (Dictionary<string, float[]> Outputs, List<LaunchReport> Reports) RunStages(string[] stems, Action<Stage> steps)
    {
        var modules = Array.ConvertAll(stems, stem => PtxModule.Parse(Resource(stem + ".ptx"), LineMap.Parse(Resource(stem + ".lines"))));
        Dictionary<string, float[]>? first = null;
        List<LaunchReport> reports = [];
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            using var device = new EmulatedDevice();
            var stage = new Stage(device, Array.ConvertAll(modules, device.Load), seed);
            steps(stage);
            reports = stage.Reports;
            var got = stage.Outputs.ToDictionary(o => o.Key, o => Emulation.Read<float>(device, o.Value.Address, o.Value.Count));
            first ??= got;
            foreach (var (name, values) in got) Assert.Equal(MemoryMarshal.AsBytes<float>(first[name]).ToArray(), MemoryMarshal.AsBytes<float>(values).ToArray());
        }
        return (first!, reports);
    }

    private static double SectorRatio(IEnumerable<LaunchReport> reports)
    {
        var counters = reports.SelectMany(r => r.Counters).ToArray();
        return (double)counters.Sum(c => c.GlobalSectors) / counters.Sum(c => c.IdealSectors);
    }
}
