using System.Diagnostics;
using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>
/// How fast the emulator is, as ratios within one run: the register-tiled product takes at most 4 times as long as the reference's loops without observers, at most
/// 25 times with all of them. Best of several, in turns, so that what else the machine does hits both alike.
/// </summary>
public class SpeedTests(ITestOutputHelper output)
{
    private const int M = 192, In = 256, Out = 192, Rounds = 5;

    [Fact]
    [Trait("Category", "All")]
    public void RegisterTiledProductAgainstTheReference()
    {
        float[] x = [.. Enumerable.Range(0, M * In).Select(i => ((i * 37) % 101 / 50f) - 1)], w = [.. Enumerable.Range(0, Out * In).Select(i => ((i * 53) % 97 / 48f) - 1)];
        using var reference = new ReferenceBackend();
        Tensor Upload(string name, float[] values, params int[] shape)
        {
            var tensor = Tensor.Allocate(reference, name, new Shape(shape));
            values.CopyTo(tensor.Span<float>());
            return tensor;
        }
        Tensor tx = Upload("x", x, M, In), tw = Upload("w", w, Out, In), ty = Tensor.Allocate(reference, "y", new Shape(M, Out));
        using var device = new EmulatedDevice();
        var module = PtxModule.Parse(KernelTests.Resource("linear/4_register_tile.ptx"), LineMap.Parse(KernelTests.Resource("linear/4_register_tile.lines")));
        var kernel = device.Load(module).GetKernel("linear_forward_v4");
        ulong y = device.Allocate(M * Out * sizeof(float));
        byte[] block = KernelTests.Pack(kernel.Entry, y, Emulation.Upload(device, x), Emulation.Upload(device, w), 0UL, new[] { M, In, Out }, new[] { 0, 0, BitConverter.SingleToInt32Bits(1), 0 }, 0UL);
        var grid = new Execution.Dim3(M / 64, Out / 64);
        double loops = double.MaxValue, plain = double.MaxValue, observed = double.MaxValue;
        for (int i = 0; i < Rounds; i++)
        {
            loops = Math.Min(loops, Seconds(() => reference.LinearForward(ty, tx, tw, null, new LinearSizes(M, In, Out), new LinearEpilogue(false), null, new OpMemory())));
            plain = Math.Min(plain, Seconds(() => Assert.True(device.Launch(kernel, grid, 256, block).IsClean)));
            observed = Math.Min(observed, Seconds(() => Assert.True(device.Launch(kernel, grid, 256, block, 0, Observers.All).IsClean)));
        }
        output.WriteLine($"reference {loops * 1e3:F1} ms, emulator {plain * 1e3:F1} ms = {plain / loops:F2} x, with all observers {observed * 1e3:F1} ms = {observed / loops:F1} x");
        float[] got = Emulation.Read<float>(device, y, M * Out);
        for (int i = 0; i < got.Length; i++) Assert.Equal(ty.Span<float>()[i], got[i], 1e-3f);
        Assert.True(plain <= 4 * loops, $"without observers {plain / loops:F1} times the reference");
        Assert.True(observed <= 25 * loops, $"with all observers {observed / loops:F1} times the reference");
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
