using System.Numerics;
using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// The weight product of every layer: dw[k,r,s,c] += sum over n,p,q of dy[n,p,q,k] * x[n, p+r-PadH, q+s-PadW, c], db[k] += sum of dy.
/// A dense layer is this on one image row of M pixels (<see cref="DenseSizes"/>).
/// </summary>
/// <remarks>
/// The micro-kernel's depth is the pixels: A = runs of 14 (s, c) values of the padded x, B = the columns of one panel of dy. Pixels are cut
/// into <see cref="Groups"/> groups of rows, by the sizes alone; a task (group, panel) walks its rows in bands that stay in
/// the L2 cache and adds to a partial sum of its own, tile by tile: [group][panel][r][tile][14][width]. Then the partial sums are added in
/// the order of the groups and turned to [K,R,S,C]. Sums of sums of at most a band's pixels also keep the rounding error low.
/// </remarks>
internal unsafe struct WeightGradient
{
    private const int ScratchTarget = 160 * 1024 / sizeof(float);
    private const int MinTasks = 24;
    private const int MinPixelsPerGroup = 128;

    public Conv2dSizes Sizes;
    public MicroKernel Kernel;
    public float* X;
    public float* DY;
    public float* DW;
    public float* DB;
    public float* Partial;
    public float* Scratch;

    /// <summary>Groups of rows, panels of K, tasks of the two phases.</summary>
    public int Groups, Panels, PartialTasks, ReduceTasks;

    /// <summary>Floats of all partial sums, and of one thread's scratch.</summary>
    public long PartialFloats, ScratchFloats;

    private int _bandRows, _paddedWidth, _tiles;
    private long _groupFloats, _dyOffset, _tileOffset;

    /// <summary>A dense layer x [M,In] w [Out,In] as a 1x1 convolution of M rows.</summary>
    public static Conv2dSizes DenseSizes(in LinearSizes sizes) => Correlation.DenseSizes(sizes);

    /// <summary>Cuts the work by the sizes alone: the order of the sums depends on nothing else.</summary>
    public static WeightGradient Plan(in Conv2dSizes sizes, in MicroKernel kernel)
    {
        var plan = new WeightGradient { Sizes = sizes, Kernel = kernel };
        plan._paddedWidth = sizes.W + 2 * sizes.PadW;
        plan.Panels = kernel.PanelCount(sizes.K);
        plan._tiles = (sizes.S * sizes.C + kernel.Rows - 1) / kernel.Rows;

        long pixels = (long)sizes.N * sizes.P * sizes.Q;
        long groups = Math.Min((MinTasks + plan.Panels - 1) / plan.Panels, pixels / MinPixelsPerGroup);
        plan.Groups = (int)Math.Clamp(groups, 1, Math.Max((long)sizes.N * sizes.P, 1));
        plan.PartialTasks = plan.Groups * plan.Panels;
        plan.ReduceTasks = plan.Panels * sizes.R;

        long rowFloats = (long)plan._paddedWidth * sizes.C, dyRowFloats = (long)sizes.Q * kernel.Wide;
        plan._bandRows = (int)Math.Clamp((ScratchTarget - (sizes.R - 1) * rowFloats) / (rowFloats + dyRowFloats), 1, Math.Max(sizes.P, 1));

        int columns = kernel.PanelColumns(sizes.K);
        plan._groupFloats = (long)columns * sizes.R * plan._tiles * kernel.Rows + columns;
        plan._groupFloats = Aligned(plan._groupFloats);
        plan.PartialFloats = plan.Groups * plan._groupFloats;
        plan._dyOffset = Aligned((plan._bandRows + sizes.R - 1) * rowFloats + sizes.S * sizes.C + kernel.Rows);
        plan._tileOffset = Aligned(plan._dyOffset + plan._bandRows * dyRowFloats);
        plan.ScratchFloats = plan._tileOffset + Aligned(kernel.Rows * kernel.Wide);
        return plan;
    }

    /// <summary>Task function of the first phase: group x panel.</summary>
    public static void RunPartial(void* arguments, int task, int worker)
    {
        var plan = (WeightGradient*)arguments;
        plan->Accumulate(task / plan->Panels, task % plan->Panels, plan->Scratch + worker * plan->ScratchFloats);
    }

    /// <summary>Task function of the second phase: panel x filter row.</summary>
    public static void RunReduce(void* arguments, int task, int worker)
    {
        var plan = (WeightGradient*)arguments;
        plan->Reduce(task / plan->Sizes.R, task % plan->Sizes.R, plan->Scratch + worker * plan->ScratchFloats + plan->_tileOffset);
    }

    private void Accumulate(int group, int panelIndex, float* scratch)
    {
        var s = Sizes;
        int column = panelIndex * Kernel.Wide, width = Kernel.PanelWidth(s.K - column), valid = Math.Min(width, s.K - column);
        float* partial = Partial + group * _groupFloats + (long)column * s.R * _tiles * Kernel.Rows;
        float* partialBias = BiasPartial(group) + column;
        float* dy = scratch + _dyOffset;
        float* bandBias = scratch + _tileOffset;
        long row = (long)group * s.N * s.P / Groups, end = (long)(group + 1) * s.N * s.P / Groups;
        bool first = true;
        Panel panel;
        panel.ARow = 1;
        panel.AStep = s.C;
        panel.BStep = width;
        while (row < end)
        {
            int image = (int)(row / s.P), p = (int)(row % s.P);
            int rows = (int)Math.Min(Math.Min(_bandRows, s.P - p), end - row);
            PaddedRows.Copy(scratch, X + (long)image * s.H * s.W * s.C, p - s.PadH, rows + s.R - 1, s.H, s.W, s.C, s.PadW, s.C);
            CopyPanel(dy, DY + row * s.Q * s.K + column, (long)rows * s.Q, s.K, width, valid, bandBias);
            AddTo(partialBias, bandBias, width, !first);

            // Without padding the rows of both follow each other without a gap: one long segment.
            bool dense = _paddedWidth == s.Q;
            panel.Segments = dense ? 1 : rows;
            panel.Count = dense ? rows * s.Q : s.Q;
            panel.ASegment = (nint)_paddedWidth * s.C;
            panel.BSegment = (nint)s.Q * width;
            panel.B = dy;
            panel.Accumulate = !first;
            panel.C = partial;
            for (int r = 0; r < s.R; r++)
                for (int tile = 0; tile < _tiles; tile++, panel.C += Kernel.Rows * width)
                {
                    panel.A = scratch + r * panel.ASegment + tile * Kernel.Rows;
                    Kernel.Run(&panel, width);
                }
            first = false;
            row += rows;
        }
    }

    private void Reduce(int panelIndex, int r, float* sum)
    {
        var s = Sizes;
        int column = panelIndex * Kernel.Wide, width = Kernel.PanelWidth(s.K - column), valid = Math.Min(width, s.K - column);
        int segment = s.S * s.C, tileFloats = Kernel.Rows * width;
        float* partial = Partial + ((long)column * s.R * Kernel.Rows + (long)r * Kernel.Rows * width) * _tiles;
        for (int tile = 0; tile < _tiles; tile++, partial += tileFloats)
        {
            for (int group = 0; group < Groups; group++) AddTo(sum, partial + group * _groupFloats, tileFloats, group > 0);
            int rows = Math.Min(Kernel.Rows, segment - tile * Kernel.Rows);
            for (int j = 0; j < valid; j++)
            {
                float* destination = DW + ((long)(column + j) * s.R + r) * segment + tile * Kernel.Rows;
                for (int i = 0; i < rows; i++) destination[i] += sum[i * width + j];
            }
        }
        if (r > 0 || DB == null) return;
        for (int group = 0; group < Groups; group++) AddTo(sum, BiasPartial(group) + column, width, group > 0);
        for (int j = 0; j < valid; j++) DB[column + j] += sum[j];
    }

    private readonly float* BiasPartial(int group) => Partial + (group + 1) * _groupFloats - Kernel.PanelColumns(Sizes.K);

    /// <summary>Columns of dy [pixels, K] to a dense panel [pixels, width], 0 beyond the valid ones; their sums on the way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyPanel(float* panel, float* dy, long pixels, int stride, int width, int valid, float* sums)
    {
        new Span<float>(sums, width).Clear();
        for (long pixel = 0; pixel < pixels; pixel++, panel += width, dy += stride)
        {
            int j = 0;
            for (; j <= valid - Vector<float>.Count; j += Vector<float>.Count)
            {
                var v = Vector.Load(dy + j);
                v.Store(panel + j);
                (Vector.Load(sums + j) + v).Store(sums + j);
            }
            for (; j < valid; j++)
            {
                panel[j] = dy[j];
                sums[j] += dy[j];
            }
            for (; j < width; j++) panel[j] = 0;
        }
    }

    /// <summary>destination (+)= source.</summary>
    private static void AddTo(float* destination, float* source, int count, bool accumulate)
    {
        int i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            var v = Vector.Load(source + i);
            (accumulate ? Vector.Load(destination + i) + v : v).Store(destination + i);
        }
        for (; i < count; i++) destination[i] = accumulate ? destination[i] + source[i] : source[i];
    }

    private static long Aligned(long floats) => (floats + 63) / 64 * 64;
}
