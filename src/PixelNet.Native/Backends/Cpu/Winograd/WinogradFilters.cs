using System.Runtime.CompilerServices;

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

    /// <summary>Floats of all transformed filters with <paramref name="columns"/> columns of depth <paramref name="depth"/>.</summary>
    public static long Floats(in MicroKernel kernel, in WinogradKernel transform, int columns, int depth) =>
        (long)transform.Positions * kernel.PanelColumns(columns) * depth;

    /// <summary>Floats of one thread's scratch.</summary>
    public static long ScratchFloats(in MicroKernel kernel, in WinogradKernel transform) =>
        transform.TempFloats + (long)transform.Positions * kernel.Wide * transform.Vector + 9 * transform.Vector;

    public static void RunForward(void* arguments, int task, int worker)
    {
        var job = (WinogradFilters*)arguments;
        job->Forward(task, job->Scratch + worker * ScratchFloats(job->Kernel, job->Transform));
    }

    public static void RunFlipped(void* arguments, int task, int worker)
    {
        var job = (WinogradFilters*)arguments;
        job->Flipped(task, job->Scratch + worker * ScratchFloats(job->Kernel, job->Transform));
    }

    // A register of c at a time: transformed for every k of the panel to [position][k][register], then turned to [position][c][k].
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Forward(int panel, float* temp)
    {
        var s = Sizes;
        int v = Transform.Vector, positions = Transform.Positions, column = panel * Kernel.Wide, width = Kernel.PanelWidth(s.K - column), valid = Math.Min(width, s.K - column);
        float* turned = temp + Transform.TempFloats;
        long positionStep = (long)Kernel.PanelColumns(s.K) * s.C;
        float* panelOfU = U + (long)column * s.C;
        for (int c = 0; ; c = Math.Min(c + v, s.C - v))
        {
            for (int k = 0; k < valid; k++)
                Transform.Filter(W + (long)(column + k) * 9 * s.C + c, 3 * s.C, s.C, turned + k * v, (nint)width * v, temp);
            for (int position = 0; position < positions; position++)
            {
                float* from = turned + (long)position * width * v, to = panelOfU + position * positionStep + (long)c * width;
                for (int lane = 0; lane < v; lane++, to += width)
                {
                    for (int k = 0; k < valid; k++) to[k] = from[k * v + lane];
                    for (int k = valid; k < width; k++) to[k] = 0;
                }
            }
            if (c + v >= s.C) return;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Flipped(int panel, float* temp)
    {
        var s = Sizes;
        int v = Transform.Vector, column = panel * Kernel.Wide, width = Kernel.PanelWidth(s.C - column);
        float* copy = temp + Transform.TempFloats;
        nint positionStep = (nint)Kernel.PanelColumns(s.C) * s.K;
        for (int k = 0; k < s.K; k++)
            for (int c = column; c < column + width; c += v)
            {
                // The last tap first, backwards: the filter turned by 180 degrees.
                float* last = W + ((long)k * 9 + 8) * s.C + c;
                float* to = U + (long)column * s.K + (long)k * width + (c - column);
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
