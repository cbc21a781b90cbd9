using static PixelNet.Native.Ptx.Tests.Emulation;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>What lanes do together: divergence, shuffles, votes, atomics, barriers, matrix instructions.</summary>
public class WarpTests
{
    private static uint[] Of(Func<int, uint> value, int threads = 32) => [.. Enumerable.Range(0, threads).Select(value)];

    [Theory]
    [InlineData("shfl.sync.bfly.b32 %r1, %r0, 5, 31, -1;")]
    [InlineData("shfl.sync.up.b32 %r1, %r0, 3, 0, -1;")]
    [InlineData("shfl.sync.down.b32 %r1, %r0, 3, 31, -1;")]
    [InlineData("shfl.sync.idx.b32 %r1, %r0, 7, 31, -1;")]
    [InlineData("shfl.sync.down.b32 %r1, %r0, 4, 0x181f, -1;")] // segments of 8
    public void Shuffle(string instruction)
    {
        uint[] got = Words($"{instruction} {WordOf("%p0")} st.global.u32 [%rd0], %r1;");
        uint[] expected = Of(i => instruction.Contains("bfly") ? (uint)(i ^ 5) : instruction.Contains("up") ? (uint)(i < 3 ? i : i - 3)
            : instruction.Contains("idx") ? 7u : instruction.Contains("0x181f") ? (uint)(i % 8 < 4 ? i + 4 : i) : (uint)(i > 28 ? i : i + 3));
        Assert.Equal(expected, got);
    }

    [Fact]
    public void VotesMatchAndRedux()
    {
        string store = $"{WordOf("%p0")} st.global.u32 [%rd0], %r1;";
        Assert.Equal(Of(_ => 0x3FFu), Words($"setp.lt.u32 %q0, %r0, 10; vote.sync.ballot.b32 %r1, %q0, -1; {store}"));
        Assert.Equal(Of(_ => 1u), Words($"setp.lt.u32 %q0, %r0, 10; vote.sync.any.pred %q1, %q0, -1; selp.u32 %r1, 1, 0, %q1; {store}"));
        Assert.Equal(Of(_ => 0u), Words($"setp.lt.u32 %q0, %r0, 10; vote.sync.all.pred %q1, %q0, -1; selp.u32 %r1, 1, 0, %q1; {store}"));
        Assert.Equal(Of(i => 0x11111111u << (i % 4)), Words($"and.b32 %r2, %r0, 3; match.any.sync.b32 %r1, %r2, -1; {store}"));
        Assert.Equal(Of(_ => 496u), Words($"redux.sync.add.u32 %r1, %r0, -1; {store}"));
        Assert.Equal(Of(_ => 31u), Words($"redux.sync.max.u32 %r1, %r0, -1; {store}"));
        Assert.Equal(Of(i => i < 10 ? 0x3FFu : 0u), Words($"mov.u32 %r1, 0; setp.lt.u32 %q0, %r0, 10; @!%q0 bra END; activemask.b32 %r1;\nEND: {store}"));
    }

    [Fact]
    public void LoopsOfDifferentLengthMeetAgain()
    {
        // Collatz steps of tid + 1: every lane leaves the loop at another time, then all vote.
        string body =
            """
            add.u32 %r1, %r0, 1; mov.u32 %r2, 0;
            AGAIN: setp.eq.u32 %q0, %r1, 1; @%q0 bra DONE;
            add.u32 %r2, %r2, 1; and.b32 %r3, %r1, 1; setp.eq.u32 %q1, %r3, 0; @%q1 bra EVEN;
            mad.lo.u32 %r1, %r1, 3, 1; bra AGAIN;
            EVEN: shr.u32 %r1, %r1, 1; bra AGAIN;
            DONE: vote.sync.ballot.b32 %r4, 1, -1; and.b32 %r4, %r4, 0x80000000; or.b32 %r2, %r2, %r4;
            """;
        Assert.Equal(Of(i => Steps((uint)i + 1) | 0x80000000), Words($"{body} {WordOf("%p0")} st.global.u32 [%rd0], %r2;"));
        static uint Steps(uint n)
        {
            uint steps = 0;
            for (; n != 1; steps++) n = n % 2 == 0 ? n / 2 : (3 * n) + 1;
            return steps;
        }
    }

    [Theory]
    [InlineData("add.u32", 1000u, 10u, 1000u + (64 * 10))]
    [InlineData("max.u32", 5u, 10u, 10u)]
    [InlineData("min.u32", 50u, 10u, 10u)]
    [InlineData("and.b32", 0xFFu, 0x0Fu, 0x0Fu)]
    [InlineData("or.b32", 0xF0u, 0x0Fu, 0xFFu)]
    [InlineData("xor.b32", 0xF0u, 0x0Fu, 0xF0u)]
    [InlineData("exch.b32", 1u, 10u, 10u)]
    [InlineData("inc.u32", 0u, 9u, 4u)]
    [InlineData("dec.u32", 3u, 9u, 9u)]
    public void Atomics(string operation, uint before, uint operand, uint after)
    {
        using var device = new EmulatedDevice();
        ulong data = Upload(device, before);
        Assert.True(Run(device, $"mov.u32 %r1, {operand}; atom.global.{operation} %r2, [%p0], %r1;", 2, 32, parameters: [data]).IsClean);
        Assert.Equal(after, Read<uint>(device, data, 1)[0]);
    }

    [Fact]
    public void AtomicFloatAndCompareAndSwap()
    {
        using var device = new EmulatedDevice();
        ulong data = Upload(device, 0u, 7u, 0u, 0u);
        string body = "mov.f32 %f1, 0f3F800000; red.global.add.f32 [%p0], %f1; atom.global.cas.b32 %r1, [%p0+4], 7, 9; mov.f64 %fd1, 0d3FE0000000000000; atom.global.add.f64 %fd2, [%p0+8], %fd1;";
        Assert.True(Run(device, body, 3, 32, parameters: [data]).IsClean);
        Assert.Equal(96f, Read<float>(device, data, 1)[0]);
        Assert.Equal(9u, Read<uint>(device, data, 2)[1]);
        Assert.Equal(48.0, Read<double>(device, data + 8, 1)[0]);
    }

    [Fact]
    public void BarriersOrderASharedReversal()
    {
        string body =
            """
            mov.u32 %r1, dynamic; mad.lo.u32 %r2, %r0, 4, %r1; sub.u32 %r3, 255, %r0; mad.lo.u32 %r3, %r3, 4, %r1;
            st.shared.u32 [%r2], %r0; bar.sync 0; ld.shared.u32 %r4, [%r3];
            mad.wide.u32 %rd0, %r0, 4, %p0; st.global.u32 [%rd0], %r4;
            """;
        using var device = new EmulatedDevice();
        ulong output = device.Allocate(1024);
        for (ulong seed = 0; seed < 5; seed++)
        {
            Assert.True(Run(device, body, 1, 256, parameters: [output], seed: seed, dynamicShared: 1024).IsClean);
            Assert.Equal(Of(i => (uint)(255 - i), 256), Read<uint>(device, output, 256));
        }
    }

    [Fact]
    public void ReductionAtABarrier() =>
        Assert.Equal(Of(_ => 10u), Words($"setp.lt.u32 %q0, %r0, 10; bar.red.popc.u32 %r1, 0, %q0; {WordOf("%p0")} st.global.u32 [%rd0], %r1;"));

    // D = A B + C with A(i, k) = i + 16 k, B(k, j) = k - j, C = 1: small integers, exact in TF32.
    [Fact]
    public void MmaTf32()
    {
        string body =
            """
            shr.u32 %r1, %r0, 2; and.b32 %r2, %r0, 3;
            mad.lo.u32 %r3, %r2, 16, %r1; add.u32 %r4, %r3, 8; add.u32 %r5, %r3, 64; add.u32 %r6, %r3, 72;
            cvt.rn.f32.u32 %f1, %r3; cvt.rn.f32.u32 %f2, %r4; cvt.rn.f32.u32 %f3, %r5; cvt.rn.f32.u32 %f4, %r6;
            sub.s32 %r7, %r2, %r1; add.s32 %r8, %r7, 4; cvt.rn.f32.s32 %f5, %r7; cvt.rn.f32.s32 %f6, %r8;
            mov.b32 %r3, %f1; mov.b32 %r4, %f2; mov.b32 %r5, %f3; mov.b32 %r6, %f4; mov.b32 %r7, %f5; mov.b32 %r8, %f6;
            mov.f32 %f9, 0f3F800000;
            mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f10, %f11, %f12, %f13}, {%r3, %r4, %r5, %r6}, {%r7, %r8}, {%f9, %f9, %f9, %f9};
            mad.lo.u32 %r10, %r1, 8, 0; mad.lo.u32 %r10, %r2, 2, %r10; mad.wide.u32 %rd0, %r10, 4, %p0;
            st.global.v2.f32 [%rd0], {%f10, %f11}; st.global.v2.f32 [%rd0+256], {%f12, %f13};
            """;
        using var device = new EmulatedDevice();
        ulong output = device.Allocate(512);
        var report = Run(device, body, 1, 32, parameters: [output]);
        Assert.True(report.IsClean, string.Join("\n", report.Findings));
        float[] expected = new float[128];
        for (int i = 0; i < 16; i++)
        {
            for (int j = 0; j < 8; j++)
            {
                expected[(i * 8) + j] = 1;
                for (int k = 0; k < 8; k++) expected[(i * 8) + j] += (i + (16 * k)) * (k - j);
            }
        }
        Assert.Equal(expected, Read<float>(device, output, 128));
    }

    // Matrix q of ldmatrix.x4 holds 16-bit elements 1000 q + 8 row + column; lane l gets row l / 4, columns 2 (l % 4) and the next.
    [Fact]
    public void LdMatrix()
    {
        string body =
            """
            .shared .align 16 .b8 s[512];
            mov.u32 %r1, s; mov.u32 %r2, 0;
            FILL: mad.lo.u32 %r3, %r2, 32, %r0; shr.u32 %r4, %r3, 6; and.b32 %r5, %r3, 63; mad.lo.u32 %r4, %r4, 1000, %r5;
            cvt.u16.u32 %h1, %r4; mad.lo.u32 %r6, %r3, 2, %r1; st.shared.u16 [%r6], %h1;
            add.u32 %r2, %r2, 1; setp.lt.u32 %q0, %r2, 8; @%q0 bra FILL;
            bar.sync 0;
            mad.lo.u32 %r7, %r0, 16, %r1;
            ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r10, %r11, %r12, %r13}, [%r7];
            mad.wide.u32 %rd0, %r0, 16, %p0; st.global.v4.u32 [%rd0], {%r10, %r11, %r12, %r13};
            """;
        using var device = new EmulatedDevice();
        ulong output = device.Allocate(512);
        var report = Run(device, body, 1, 32, parameters: [output]);
        Assert.True(report.IsClean, string.Join("\n", report.Findings));
        Assert.Equal(Of(i => Pair(i % 4, i / 4), 128), Read<uint>(device, output, 128));
        static uint Pair(int q, int lane)
        {
            uint low = (uint)((1000 * q) + (8 * (lane / 4)) + (2 * (lane % 4)));
            return low | ((low + 1) << 16);
        }
    }

    [Fact]
    public void LocalMemoryIsEachThreadsOwn()
    {
        string body = ".local .align 4 .b8 a[16];\nmov.u64 %rd1, a; and.b32 %r1, %r0, 3; mad.wide.u32 %rd2, %r1, 4, %rd1; st.local.u32 [%rd2], %r0; ld.local.u32 %r2, [%rd2];";
        Assert.Equal(Of(i => (uint)i), Words($"{body} {WordOf("%p0")} st.global.u32 [%rd0], %r2;"));
    }
}
