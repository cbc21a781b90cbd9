using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>Small kernels from a body of PTX, and their launches: pointers and integers in, memory and findings out.</summary>
internal static class Emulation
{
    /// <summary>A module of one kernel <c>k</c> with 64-bit parameters <c>p0</c> to <c>p3</c> in registers <c>%p0</c> to <c>%p3</c>.</summary>
    /// <param name="body">Declarations and instructions; the first is on PTX line <see cref="FirstLine"/>.</param>
    public static PtxModule Module(string body) => PtxModule.Parse(Text(body));

    /// <summary>PTX line of the first line of a body.</summary>
    public const int FirstLine = 12;

    public static string Text(string body) =>
        """
        .version 7.8
        .target sm_80
        .address_size 64 .extern .shared .align 16 .b8 dynamic[];
        .visible .entry k(.param .u64 p0, .param .u64 p1, .param .u64 p2, .param .u64 p3)
        {
        .reg .u64 %p<4>, %rd<40>; .reg .u32 %r<40>; .reg .f32 %f<60>; .reg .pred %q<10>; .reg .f64 %fd<8>; .reg .b16 %h<8>;
        ld.param.u64 %p0, [p0];
        ld.param.u64 %p1, [p1];
        ld.param.u64 %p2, [p2];
        ld.param.u64 %p3, [p3];
        mov.u32 %r0, %tid.x;

        """.ReplaceLineEndings("\n") + body.ReplaceLineEndings("\n").TrimStart('\n') + "\nret;\n}\n";

    public static LaunchReport Run(EmulatedDevice device, string body, Dim3 grid, Dim3 block, Observers observers = Observers.All,
        ulong[]? parameters = null, ulong seed = 0, int dynamicShared = 0, long limit = 50_000_000)
    {
        var kernel = device.Load(Module(body)).GetKernel("k");
        var bytes = new byte[32];
        for (int i = 0; i < (parameters?.Length ?? 0); i++) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * 8), parameters![i]);
        return device.Launch(kernel, grid, block, bytes, dynamicShared, observers, seed, limit);
    }

    /// <summary>Runs one block of 32 threads that writes one word a thread to its first parameter.</summary>
    public static uint[] Words(string body, int threads = 32, ulong second = 0)
    {
        using var device = new EmulatedDevice();
        ulong output = device.Allocate(threads * 4L, "out");
        var report = Run(device, body, 1, threads, Observers.All, [output, second]);
        Assert.True(report.IsClean, string.Join("\n", report.Findings));
        return Read<uint>(device, output, threads);
    }

    /// <summary>Address of the thread's word of an array: <c>%rd0 = base + 4 tid</c>.</summary>
    public static string WordOf(string pointer, string to = "%rd0") => $"mad.wide.u32 {to}, %r0, 4, {pointer};";

    public static T[] Read<T>(EmulatedDevice device, ulong address, int count) where T : unmanaged
    {
        var values = new T[count];
        device.Read(address, values.AsSpan());
        return values;
    }

    public static ulong Upload<T>(EmulatedDevice device, params T[] values) where T : unmanaged
    {
        ulong address = device.Allocate(values.Length * (long)Marshal.SizeOf<T>());
        device.Write<T>(address, values);
        return address;
    }

    /// <summary>The only finding of a report, whose kind and line must be these.</summary>
    public static Finding Only(LaunchReport report, FindingKind kind, int line)
    {
        var finding = Assert.Single(report.Findings);
        Assert.Equal(kind, finding.Kind);
        Assert.Equal(line, finding.Line);
        return finding;
    }
}
