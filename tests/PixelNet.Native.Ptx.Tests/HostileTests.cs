using System.Diagnostics;
using static PixelNet.Native.Ptx.Tests.Emulation;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>Text that is no PTX, PTX that is not supported, and mutated PTX: a sentence with the line, never a crash or a hang.</summary>
public class HostileTests
{
    [Theory]
    [InlineData("frobnicate.u32 %r1, %r2;", "frobnicate.u32")]
    [InlineData("add.fancy.u32 %r1, %r1, %r2;", "fancy")]
    [InlineData("add.u32 %r1, %r2;", "operands")]
    [InlineData("add.u32 %r1, %r2, %undeclared;", "%undeclared")]
    [InlineData("add.u32 %r1, %r2, %rd1;", "%rd1")]
    [InlineData("bra NOWHERE;", "NOWHERE")]
    [InlineData("mov.u32 %r1, %wonder;", "%wonder")]
    [InlineData("tex.1d.v4.f32.s32 {%f1,%f2,%f3,%f4}, [%p0, {%r1}];", "tex")]
    [InlineData("mma.sync.aligned.m7n8k8.row.col.f32.tf32.tf32.f32 {%f1,%f2,%f3,%f4},{%r1,%r2,%r3,%r4},{%r1,%r2},{%f1,%f2,%f3,%f4};", "mma")]
    public void UnknownFormsAreRejectedByNameAndLine(string instruction, string name)
    {
        var error = Assert.Throws<PtxException>(() => Module("add.u32 %r1, %r1, 1;\n" + instruction));
        Assert.Equal(FirstLine + 1, error.Line);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"PTX line {FirstLine + 1}:", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   \n// only a comment")]
    [InlineData("hello")]
    [InlineData(".version 9.9\n.target sm_80")]
    [InlineData(".version 7.8\n.target sm_80\n.address_size 32")]
    [InlineData(".version 7.8\n.target sm_80\n.surprise")]
    [InlineData(".version 7.8\n.target sm_80\n.visible .entry k( {")]
    public void WhatIsNoPtxIsRejected(string text) => Assert.Throws<PtxException>(() => PtxModule.Parse(text));

    [Fact]
    public void BinaryAndHugeFilesAreRejectedAtOnce()
    {
        Assert.Contains("binary", Assert.Throws<PtxException>(() => PtxModule.Parse(new byte[] { 0x7F, 0x45, 0x4C, 0x46, 0, 0, 1 })).Message, StringComparison.Ordinal);
        Assert.Throws<PtxException>(() => PtxModule.Parse(new byte[100_000_000]));
    }

    [Fact]
    public void ImpossibleLaunchesAreRefused()
    {
        using var device = new EmulatedDevice();
        Assert.Throws<PtxException>(() => Run(device, "", 1, 1025));
        Assert.Throws<PtxException>(() => Run(device, "", 0, 32));
        Assert.Throws<PtxException>(() => Run(device, "", new Execution.Dim3(1, 70000), 32));
        Assert.Throws<PtxException>(() => Run(device, "", 1, 32, dynamicShared: 200_000));
        Assert.Throws<PtxException>(() => device.Launch(device.Load(Module("")).GetKernel("k"), 1, 1, new byte[31]));
        Assert.Throws<PtxException>(() => device.Load(Module("")).GetKernel("other"));
        Assert.Throws<PtxException>(() => device.Allocate(long.MaxValue / 2));
    }

    [Fact]
    public void MutatedPtxNeitherCrashesNorHangs() => Mutate(200, 1);

    [Fact]
    [Trait("Category", "All")]
    public void MutatedPtxNeitherCrashesNorHangsLong() => Mutate(4000, 2);

    private static void Mutate(int count, int seed)
    {
        string[] bases =
        [
            Text(".shared .align 16 .b8 s[512];\nmov.u32 %r1, s; shl.b32 %r2, %r0, 2; add.u32 %r3, %r1, %r2;\nmov.u32 %r5, 0;\nAGAIN: add.u32 %r5, %r5, 1; st.shared.u32 [%r3], %r5;\nbar.sync 0; ld.shared.u32 %r6, [%r3]; setp.lt.u32 %q0, %r5, 10;\n@%q0 bra AGAIN;\nmad.wide.u32 %rd0, %r0, 4, %p0; st.global.u32 [%rd0], %r6;"),
            Text(".local .align 8 .b8 l[64];\nmov.u64 %rd5, l; st.local.u32 [%rd5+4], %r0; ld.local.u32 %r1, [%rd5+4]; shfl.sync.bfly.b32 %r2, %r1, 1, 31, -1;\nmad.wide.u32 %rd0, %r2, 4, %p0; atom.global.add.u32 %r3, [%rd0], 5; cvt.rn.f32.u32 %f1, %r3; fma.rn.f32 %f2, %f1, %f1, 0f3F800000; cvta.to.global.u64 %rd3, %p0; st.global.f32 [%rd3], %f2;"),
        ];
        var random = new Random(seed);
        var watch = Stopwatch.StartNew();
        int ran = 0;
        for (int i = 0; i < count; i++)
        {
            char[] text = bases[i % bases.Length].ToCharArray();
            // Half of the inputs get other digits only (registers, offsets, constants), so that many still parse and run wild.
            bool digitsOnly = i / bases.Length % 2 == 0;
            for (int m = random.Next(1, 5); m > 0;)
            {
                int at = random.Next(80, text.Length);
                if (digitsOnly && !char.IsAsciiDigit(text[at])) continue;
                text[at] = digitsOnly ? (char)('0' + random.Next(10)) : random.Next(2) == 0 ? (char)random.Next(32, 127) : text[random.Next(text.Length)];
                m--;
            }
            try
            {
                using var device = new EmulatedDevice(new EmulatedDeviceOptions { MemoryBytes = 1 << 20 });
                var module = PtxModule.Parse(new string(text));
                ulong data = Upload(device, new uint[64]);
                var bytes = new byte[module.Entries[0].ParameterBytes];
                if (bytes.Length >= 8) BitConverter.TryWriteBytes(bytes, data);
                device.Launch(device.Load(module).GetKernel(module.Entries[0].Name), 2, 64, bytes, 0, i % 3 == 0 ? Observers.None : Observers.All, (ulong)(i % 4), 200_000);
                ran++;
            }
            catch (PtxException error)
            {
                Assert.False(string.IsNullOrWhiteSpace(error.Message));
            }
        }
        // Some mutations only change numbers and must still run; and a launch never takes long.
        Assert.InRange(ran, count / 20, count);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(count * 0.1), $"{count} inputs took {watch.Elapsed}");
    }
}
