using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// U = G g G^T of all filters [K,3,3,C], packed for the products: [position][panel][depth][width], columns beyond the last one 0. One task packs one
/// panel. Forward: columns are k, depth c. Flipped, for the input gradient: columns are c, depth k, the filter turned by 180 degrees.
/// </summary>
internal unsafe struct WinogradFilters
{
    public Conv2dSizes Sizes;
    public MicroKernel Kernel;
    public WinogradKernel Transform;
    public float* W;
    public float* U;
    public float* Scratch;

    /// <summary>The panels that U holds.</summary>
    public int FirstPanel, Panels;

    /// <summary>Floats of all transformed filters with <paramref name="columns"/> columns of depth <paramref name="depth"/>.</summary>
    public static long Floats(in MicroKernel kernel, in WinogradKernel transform, int columns, int depth) =>
        (long)transform.Positions * kernel.PanelColumns(columns) * depth;

    /// <summary>Floats of one thread's scratch.</summary>
    public static long ScratchFloats(in MicroKernel kernel, in WinogradKernel transform) =>
        transform.TempFloats + 9L * kernel.Wide * transform.Vector;

    public static void RunForward(void* arguments, int task, int worker)
    {
        var job = (WinogradFilters*)arguments;
        job->Forward(job->FirstPanel + task, job->Scratch + worker * ScratchFloats(job->Kernel, job->Transform));
    }

    public static void RunFlipped(void* arguments, int task, int worker)
    {
        var job = (WinogradFilters*)arguments;
        job->Flipped(job->FirstPanel + task, job->Scratch + worker * ScratchFloats(job->Kernel, job->Transform));
    }

    private readonly nint PositionStep(int columns, int depth) => (nint)Kernel.PanelColumns(Math.Min(Panels * Kernel.Wide, columns - FirstPanel * Kernel.Wide)) * depth;

    // A register of c at a time: turned from [k][tap][c] to [tap][c][k], then transformed with k in the lanes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Forward(int panel, float* temp)
    {
        var s = Sizes;
        int v = Transform.Vector, column = panel * Kernel.Wide, width = Kernel.PanelWidth(s.K - column), valid = Math.Min(width, s.K - column);
        float* turned = temp + Transform.TempFloats;
        new Span<float>(turned, 9 * v * width).Clear();
        nint positionStep = PositionStep(s.K, s.C), filter = 9 * s.C, tapStep = (nint)v * width;
        for (int c = 0; ; c = Math.Min(c + v, s.C - v))
        {
            for (int tap = 0; tap < 9; tap++) Turn(W + column * filter + tap * s.C + c, filter, valid, v, turned + tap * tapStep, width);
            float* to = U + (long)(panel - FirstPanel) * Kernel.Wide * s.C + (long)c * width;
            for (int i = 0; i < tapStep; i += v) Transform.Filter(turned + i, 3 * tapStep, tapStep, to + i, positionStep, temp);
            if (c + v >= s.C) return;
        }
    }

    // to[j * width + i] = from[i * row + j], i below rows, j below columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(float* from, nint row, int rows, int columns, float* to, int width)
    {
        int i = 0;
        if (columns % 4 == 0 && (Sse.IsSupported || AdvSimd.Arm64.IsSupported))
            for (; i <= rows - 4; i += 4)
                for (int j = 0; j < columns; j += 4)
                {
                    float* source = from + i * row + j, destination = to + j * width + i;
                    Vector128<float> a = Vector128.Load(source), b = Vector128.Load(source + row), c = Vector128.Load(source + 2 * row), d = Vector128.Load(source + 3 * row);
                    Vector128<float> ac = Low(a, c), bd = Low(b, d);
                    Low(ac, bd).Store(destination);
                    High(ac, bd).Store(destination + width);
                    (ac, bd) = (High(a, c), High(b, d));
                    Low(ac, bd).Store(destination + 2 * width);
                    High(ac, bd).Store(destination + 3 * width);
                }
        for (; i < rows; i++)
            for (int j = 0; j < columns; j++) to[j * width + i] = from[i * row + j];
    }

    // a0 b0 a1 b1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Low(Vector128<float> a, Vector128<float> b) => Sse.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.ZipLow(a, b);

    // a2 b2 a3 b3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> High(Vector128<float> a, Vector128<float> b) => Sse.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.ZipHigh(a, b);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Flipped(int panel, float* temp)
    {
        var s = Sizes;
        int v = Transform.Vector, column = panel * Kernel.Wide, width = Kernel.PanelWidth(s.C - column);
        float* copy = temp + Transform.TempFloats;
        nint positionStep = PositionStep(s.C, s.K);
        for (int k = 0; k < s.K; k++)
            for (int c = column; c < column + width; c += v)
            {
                // The last tap first, backwards: the filter turned by 180 degrees.
                float* last = W + ((long)k * 9 + 8) * s.C + c;
                float* to = U + (long)(panel - FirstPanel) * Kernel.Wide * s.K + (long)k * width + (c - column);
                if (c + v <= s.C)
                {
                    Transform.Filter(last, -3 * s.C, -s.C, to, positionStep, temp);
                    continue;
                }
                for (int tap = 0; tap < 9; tap++)
                    for (int lane = 0; lane < v; lane++) copy[tap * v + lane] = c + lane < s.C ? last[-tap * s.C + lane] : 0;
                Transform.Filter(copy, 3 * v, v, to, positionStep, temp);
            }
    }
}
