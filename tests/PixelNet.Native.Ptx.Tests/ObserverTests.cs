using static PixelNet.Native.Ptx.Tests.Emulation;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>What the observers must say, and must not say, on kernels whose defects and traffic are known by hand.</summary>
public class ObserverTests
{
    [Theory]
    [InlineData("ld.global.u32 %r1, [%p0+128];", "read of 4 bytes")]
    [InlineData("ld.global.u32 %r1, [%p0+-4];", "4 bytes before")]
    [InlineData("st.global.u32 [%p0+128], %r0;", "0 bytes behind the end")]
    [InlineData("atom.global.add.u32 %r1, [%p0+1000000], 1;", "atomic of 4 bytes")]
    [InlineData("ld.global.u64 %rd1, [%p0+120]; ld.global.v2.u64 {%rd1, %rd2}, [%p0+128];", "read of 16 bytes")]
    [InlineData("ld.global.u32 %r1, [0];", "read of 4 bytes at 0x0")]
    public void OutOfBoundsOnBothSides(string access, string words)
    {
        using var device = new EmulatedDevice();
        ulong data = Upload(device, new uint[32]);
        var finding = Only(Run(device, access, 1, 1, parameters: [data]), FindingKind.OutOfBounds, FirstLine);
        Assert.Contains(words, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutObserversTheFirstViolationEndsTheLaunch()
    {
        using var device = new EmulatedDevice();
        ulong data = Upload(device, new uint[32]);
        var report = Run(device, "ld.global.u32 %r1, [%p0+128];\nst.global.u32 [%p0], 77;", 1, 1, Observers.None, [data]);
        Assert.Equal(FindingKind.OutOfBounds, report.Fault!.Kind);
        Assert.Equal(0u, Read<uint>(device, data, 1)[0]);
        Assert.Contains("out-of-bounds", Assert.Throws<PtxException>(report.ThrowIfFaulted).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FreedMemoryIsOutOfBounds()
    {
        using var device = new EmulatedDevice();
        ulong data = Upload(device, new uint[32]);
        device.Free(data);
        Only(Run(device, "ld.global.u32 %r1, [%p0];", 1, 1, parameters: [data]), FindingKind.OutOfBounds, FirstLine);
    }

    [Theory]
    [InlineData("ld.global.u32 %r1, [%p0+2];")]
    [InlineData("ld.global.v4.f32 {%f1, %f2, %f3, %f4}, [%p0+8];")]
    [InlineData("st.global.u16 [%p0+1], %h0;")]
    public void Misalignment(string access)
    {
        using var device = new EmulatedDevice();
        ulong data = Upload(device, new uint[32]);
        Only(Run(device, access, 1, 1, parameters: [data]), FindingKind.Misaligned, FirstLine);
    }

    [Fact]
    public void UninitialisedGlobal()
    {
        using var device = new EmulatedDevice();
        ulong data = device.Allocate(128);
        device.Write<uint>(data, new uint[31]);
        var finding = Only(Run(device, $"{WordOf("%p0")} ld.global.u32 %r1, [%rd0];", 1, 32, parameters: [data]), FindingKind.UninitialisedGlobal, FirstLine);
        Assert.Equal(new Execution.Dim3(31, 0, 0), Assert.Single(finding.Threads));
        // What a kernel has written may be read by the next one.
        Assert.True(Run(device, $"{WordOf("%p0")} st.global.u32 [%rd0], %r0;", 1, 32, parameters: [data]).IsClean);
        Assert.True(Run(device, $"{WordOf("%p0")} ld.global.u32 %r1, [%rd0];", 1, 32, parameters: [data]).IsClean);
    }

    [Fact]
    public void UninitialisedShared()
    {
        using var device = new EmulatedDevice();
        Only(Run(device, ".shared .u32 s[32];\nmov.u32 %r1, s;\nld.shared.u32 %r2, [%r1+64];", 1, 1), FindingKind.UninitialisedShared, FirstLine + 2);
        Only(Run(device, ".shared .u32 s[32];\nmov.u32 %r1, s;\nld.shared.u32 %r2, [%r1+128];", 1, 1), FindingKind.OutOfBounds, FirstLine + 2);
    }

    private const string Reversal =
        """
        .shared .u32 s[64];
        mov.u32 %r1, s; shl.b32 %r2, %r0, 2; add.u32 %r3, %r1, %r2; sub.u32 %r4, 252, %r2; add.u32 %r4, %r4, %r1;
        st.shared.u32 [%r3], %r0;
        BARRIER
        ld.shared.u32 %r5, [%r4];
        """;

    [Fact]
    public void SharedRaceWithoutTheBarrierAndNoneWithIt()
    {
        using var device = new EmulatedDevice();
        for (ulong seed = 0; seed < 5; seed++)
        {
            Assert.True(Run(device, Reversal.Replace("BARRIER", "bar.sync 0;", StringComparison.Ordinal), 1, 64, seed: seed).IsClean);
            var findings = Run(device, Reversal.Replace("BARRIER", "", StringComparison.Ordinal), 1, 64, Observers.SharedRaces, seed: seed).Findings;
            Assert.Contains(findings, f => f.Kind == FindingKind.SharedRace);
        }
    }

    [Fact]
    public void LanesOfOneWarpNeedAWarpBarrier()
    {
        using var device = new EmulatedDevice();
        string body = ".shared .u32 s[32];\nmov.u32 %r1, s; shl.b32 %r2, %r0, 2; add.u32 %r3, %r1, %r2; xor.b32 %r4, %r3, 4;\nst.shared.u32 [%r3], %r0;\nSYNC\nld.shared.u32 %r5, [%r4];";
        // A race has two sides, and which comes second is chance: both instructions are named.
        var findings = Run(device, body.Replace("SYNC", "", StringComparison.Ordinal), 1, 32).Findings;
        Assert.Equal([(FindingKind.SharedRace, FirstLine + 2), (FindingKind.SharedRace, FirstLine + 4)], findings.Select(f => (f.Kind, f.Line)));
        Assert.True(Run(device, body.Replace("SYNC", "bar.warp.sync 0xffffffff;", StringComparison.Ordinal), 1, 32).IsClean);
    }

    [Fact]
    public void BlocksThatWriteTheSameWordRace()
    {
        using var device = new EmulatedDevice();
        ulong data = Upload(device, 0u, 0u);
        string body = "mov.u32 %r1, %ctaid.x;\nst.global.u32 [%p0], %r1;";
        for (ulong seed = 0; seed < 5; seed++) Only(Run(device, body, 4, 1, parameters: [data], seed: seed), FindingKind.GlobalRace, FirstLine + 1);
        // Atomics do not race, nor do writes of one value.
        Assert.True(Run(device, "red.global.add.u32 [%p0], 1;", 4, 32, parameters: [data]).IsClean);
        Assert.True(Run(device, "st.global.u32 [%p0+4], 1;", 4, 32, parameters: [data]).IsClean);
    }

    [Fact]
    public void AReadOfWhatAnotherBlockWritesRaces()
    {
        using var device = new EmulatedDevice();
        ulong data = Upload(device, 0u, 0u, 0u, 0u, 0u);
        string body = "mov.u32 %r1, %ctaid.x;\nmad.wide.u32 %rd1, %r1, 4, %p0;\nst.global.u32 [%rd1], %r1;\nld.global.u32 %r2, [%rd1+4];";
        Assert.All(Run(device, body, 4, 1, parameters: [data]).Findings, f => Assert.Equal(FindingKind.GlobalRace, f.Kind));
        Assert.NotEmpty(Run(device, body, 4, 1, parameters: [data]).Findings);
    }

    [Fact]
    public void DivergentBarrier()
    {
        using var device = new EmulatedDevice();
        string body = "setp.lt.u32 %q0, %r0, 16;\n@%q0 bra SKIP;\nbar.sync 0;\nSKIP:";
        var report = Run(device, body, 1, 64);
        Assert.Contains(report.Findings, f => f.Kind == FindingKind.BarrierDivergence && f.Line == FirstLine + 2);
    }

    [Fact]
    public void BarrierThatSomeNeverReachIsADeadlock()
    {
        using var device = new EmulatedDevice();
        string body = "setp.lt.u32 %q0, %r0, 32;\n@%q0 bra OTHER;\nbar.sync 1, 64;\nOTHER:\nbar.sync 0;";
        Assert.Equal(FindingKind.BarrierDivergence, Run(device, body, 1, 64, Observers.None).Fault!.Kind);
    }

    private const string Copy =
        """
        .shared .align 16 .b8 s[512];
        mov.u32 %r1, s; shl.b32 %r2, %r0, 4; add.u32 %r3, %r1, %r2; mad.wide.u32 %rd1, %r0, 16, %p0;
        cp.async.cg.shared.global [%r3], [%rd1], 16;
        cp.async.commit_group;
        WAIT
        ld.shared.v4.u32 {%r4, %r5, %r6, %r7}, [%r3];
        mad.wide.u32 %rd2, %r0, 4, %p1;
        st.global.u32 [%rd2], %r7;
        """;

    [Fact]
    public void AsyncCopyNeedsItsWait()
    {
        using var device = new EmulatedDevice();
        ulong data = Upload(device, [.. Enumerable.Range(0, 128).Select(i => (uint)i)]), output = device.Allocate(128);
        Assert.True(Run(device, Copy.Replace("WAIT", "cp.async.wait_group 0;", StringComparison.Ordinal), 1, 32, parameters: [data, output]).IsClean);
        Assert.Equal([.. Enumerable.Range(0, 32).Select(i => (uint)(4 * i) + 3)], Read<uint>(device, output, 32));
        Assert.True(Run(device, Copy.Replace("WAIT", "cp.async.wait_all;", StringComparison.Ordinal), 1, 32, parameters: [data, output]).IsClean);
        var findings = Run(device, Copy.Replace("WAIT", "cp.async.wait_group 1;", StringComparison.Ordinal), 1, 32, parameters: [data, output]).Findings;
        Assert.Contains(findings, f => f.Kind == FindingKind.MissingAsyncWait && f.Line == FirstLine + 5);
    }

    // Byte distance of neighbouring lanes, bytes of an access; sectors touched and needed by hand.
    [Theory]
    [InlineData(4, 0, "u32 %r1", 4, 4)]     // 128 contiguous bytes
    [InlineData(4, 4, "u32 %r1", 5, 4)]     // the same, off by one word
    [InlineData(8, 0, "u32 %r1", 8, 4)]     // every second word
    [InlineData(128, 0, "u32 %r1", 32, 4)]  // a column of a matrix
    [InlineData(0, 0, "u32 %r1", 1, 1)]     // a broadcast
    [InlineData(16, 0, "v4.u32 {%r1, %r2, %r3, %r4}", 16, 16)]
    public void SectorsOfARequest(int stride, int offset, string load, int sectors, int ideal)
    {
        using var device = new EmulatedDevice();
        ulong data = Upload(device, new uint[2048]);
        var report = Run(device, $"mad.wide.u32 %rd1, %r0, {stride}, %p0; ld.global.{load}, [%rd1+{offset}];", 1, 32, parameters: [data]);
        var load1 = Assert.Single(report.Counters, c => c.GlobalRequests > 0);
        Assert.Equal((1, sectors, ideal), (load1.GlobalRequests, load1.GlobalSectors, load1.IdealSectors));
    }

    // Wavefronts beyond the necessary ones: lanes that want different words of one of 32 banks.
    [Theory]
    [InlineData(4, "u32 %r3", 0)]
    [InlineData(8, "u32 %r3", 1)]
    [InlineData(128, "u32 %r3", 31)]
    [InlineData(132, "u32 %r3", 0)]         // the padded column
    [InlineData(0, "u32 %r3", 0)]           // a broadcast
    [InlineData(16, "v4.u32 {%r3, %r4, %r5, %r6}", 0)]
    [InlineData(64, "v4.u32 {%r3, %r4, %r5, %r6}", 12)] // quarter warps of 8 lanes on 2 sets of banks: 4 wavefronts each for 1
    public void BankConflicts(int stride, string load, long conflicts)
    {
        using var device = new EmulatedDevice();
        string body = $".shared .align 16 .b8 s[8192];\nmov.u32 %r1, s; mad.lo.u32 %r2, %r0, {stride}, %r1; ld.shared.{load}, [%r2];";
        var report = Run(device, body, 1, 32, Observers.Counters);
        Assert.Equal(conflicts, Assert.Single(report.Counters, c => c.SharedRequests > 0).BankConflicts);
    }

    [Fact]
    public void ActiveLanesCountDivergence()
    {
        using var device = new EmulatedDevice();
        var report = Run(device, "setp.lt.u32 %q0, %r0, 10;\n@%q0 bra THEN;\nadd.u32 %r1, %r0, 1;\nbra END;\nTHEN: sub.u32 %r1, %r0, 1;\nEND: mul.lo.u32 %r2, %r1, %r1;", 3, 64);
        Assert.Equal((6, 6 * 32 - 30), (Count("add.u32").Executions, Count("add.u32").ActiveLanes));
        Assert.Equal((3, 30), (Count("sub.u32").Executions, Count("sub.u32").ActiveLanes));
        Assert.Equal((6, 6 * 32), (Count("mul.lo.u32").Executions, Count("mul.lo.u32").ActiveLanes));
        InstructionCounters Count(string opcode) => Assert.Single(report.Counters, c => c.Opcode == opcode);
    }

    [Fact]
    public void AKernelThatNeverEndsIsStopped()
    {
        using var device = new EmulatedDevice();
        var report = Run(device, "AGAIN:\nbra AGAIN;", 1, 32, limit: 100_000);
        Assert.Equal(FindingKind.InstructionLimit, report.Fault!.Kind);
    }
}
