using static PixelNet.Native.Ptx.Tests.Emulation;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>Leaving, trapping, jumping through tables, and instructions that order or hint.</summary>
public class ControlTests
{
    [Fact]
    public void ExitLeavesWithoutTheRest() =>
        Assert.Equal([.. Enumerable.Range(0, 32).Select(i => i < 8 ? 1u : 2u)],
            Words($"{WordOf("%p0")} mov.u32 %r1, 1; st.global.u32 [%rd0], %r1; setp.lt.u32 %q0, %r0, 8; @%q0 exit; st.global.u32 [%rd0], 2;"));

    [Fact]
    public void TrapEndsTheLaunch()
    {
        using var device = new EmulatedDevice();
        Assert.Equal(FindingKind.Trap, Run(device, "setp.eq.u32 %q0, %r0, 5;\n@%q0 trap;", 1, 32).Fault!.Kind);
    }

    [Fact]
    public void IndexedBranchSendsEachLaneToItsLabel() =>
        Assert.Equal([.. Enumerable.Range(0, 32).Select(i => (uint)((i % 3 * 10) + 10))],
            Words($"rem.u32 %r1, %r0, 3;\nTABLE: .branchtargets A, B, C;\nbrx.idx %r1, TABLE;\nA: mov.u32 %r2, 10; bra END;\nB: mov.u32 %r2, 20; bra END;\nC: mov.u32 %r2, 30;\nEND: {WordOf("%p0")} st.global.u32 [%rd0], %r2;"));

    [Theory]
    [InlineData("membar.gl;")]
    [InlineData("membar.cta;")]
    [InlineData("fence.acq_rel.gpu;")]
    [InlineData("fence.sc.sys;")]
    [InlineData("nanosleep.u32 20;")]
    [InlineData("prefetch.global.L1 [%p0];")]
    [InlineData("barrier.sync 0;")]
    public void FencesAndHintsChangeNothing(string instruction) =>
        Assert.Equal([.. Enumerable.Range(0, 32).Select(i => (uint)i)], Words($"{instruction} {WordOf("%p0")} st.global.u32 [%rd0], %r0;"));
}
