using System.Numerics;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// The weight product of every layer: dw[k,r,s,c] += sum over n,p,q of dy[n,p,q,k] * x[n, p+r-PadH, q+s-PadW, c], db[k] += sum of dy.
/// A dense layer is this on one image row of M pixels (<see cref="DenseSizes"/>).
/// </summary>
/// <remarks>
/// The micro-kernel's depth is the pixels: A = runs of 14 (s, c) values of the padded x, B = the columns of one panel of dy. Pixels are cut
/// into <see cref="Groups"/> groups of rows, by the sizes alone; a task (group, some panels) walks its rows in bands that stay in
/// the L2 cache and adds to partial sums of its own, tile by tile: [group][panel][r][tile][14][width]. Then the partial sums are added in
/// the order of the groups and turned to [K,R,S,C]. Sums of sums of at most a band's pixels also keep the rounding error low.
/// </remarks>
internal unsafe struct WeightGradient
{
    private const int ScratchTarget = 160 * 1024 / sizeof(float);
    private const int MinTasks = 24;
    private const int MinPixelsPerGroup = 128;

    // A task's panels share the copy of x; with more of them their partial sums would push it out of the L2 cache.
    private const int MaxPanelsPerTask = 2;

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

    private int _panelSets, _panelsPerTask;

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
        plan._panelSets = (plan.Panels + MaxPanelsPerTask - 1) / MaxPanelsPerTask;
        plan._panelsPerTask = (plan.Panels + plan._panelSets - 1) / plan._panelSets;
        plan._panelSets = (plan.Panels + plan._panelsPerTask - 1) / plan._panelsPerTask;
        long groups = Math.Min((MinTasks + plan._panelSets - 1) / plan._panelSets, pixels / MinPixelsPerGroup);
        plan.Groups = (int)Math.Clamp(groups, 1, Math.Max((long)sizes.N * sizes.P, 1));
        plan.PartialTasks = plan.Groups * plan._panelSets;
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

    /// <summary>Task function of the first phase: group x set of panels.</summary>
    public static void RunPartial(void* arguments, int task, int worker)
    {
        var plan = (WeightGradient*)arguments;
        plan->Accumulate(task / plan->_panelSets, task % plan->_panelSets, plan->Scratch + worker * plan->ScratchFloats);
    }

    /// <summary>Task function of the second phase: panel x filter row.</summary>
    public static void RunReduce(void* arguments, int task, int worker)
    {
        var plan = (WeightGradient*)arguments;
        plan->Reduce(task / plan->Sizes.R, task % plan->Sizes.R, plan->Scratch + worker * plan->ScratchFloats + plan->_tileOffset);
    }

    private void Accumulate(int group, int set, float* scratch)
    {
        var s = Sizes;
        long row = (long)group * s.N * s.P / Groups, end = (long)(group + 1) * s.N * s.P / Groups;
        int firstPanel = set * _panelsPerTask, endPanel = Math.Min(firstPanel + _panelsPerTask, Panels);
        for (bool first = true; row < end; first = false)
        {
            int image = (int)(row / s.P), p = (int)(row % s.P);
            int rows = (int)Math.Min(Math.Min(_bandRows, s.P - p), end - row);
            PaddedRows.Copy(scratch, X + (long)image * s.H * s.W * s.C, p - s.PadH, rows + s.R - 1, s.H, s.W, s.C, s.PadW);
            for (int panel = firstPanel; panel < endPanel; panel++) AccumulateBand(group, panel, row, rows, scratch, !first);
            row += rows;
        }
    }

    /// <summary>Adds what some rows give to one panel's partial sums; their padded x lies in scratch.</summary>
    private void AccumulateBand(int group, int panelIndex, long row, int rows, float* scratch, bool accumulate)
    {
        var s = Sizes;
        int column = panelIndex * Kernel.Wide, width = Kernel.PanelWidth(s.K - column), valid = Math.Min(width, s.K - column);
        float* dy = DY + row * s.Q * s.K + column;
        if (DB != null)
        {
            ColumnSums.Of(scratch + _tileOffset, dy, (long)rows * s.Q, s.K, valid);
            AddTo(BiasPartial(group) + column, scratch + _tileOffset, valid, accumulate);
        }
        // A single full panel is dense and aligned as it lies.
        if (s.K != width)
        {
            CopyPanel(scratch + _dyOffset, dy, (long)rows * s.Q, s.K, width, valid);
            dy = scratch + _dyOffset;
        }

        // Without padding the rows of both follow each other without a gap: one long segment.
        bool dense = _paddedWidth == s.Q;
        Panel panel;
        panel.ARow = 1;
        panel.AStep = s.C;
        panel.ASegment = (nint)_paddedWidth * s.C;
        panel.B = dy;
        panel.BStep = width;
        panel.BSegment = (nint)s.Q * width;
        panel.Segments = dense ? 1 : rows;
        panel.Count = dense ? rows * s.Q : s.Q;
        panel.Accumulate = accumulate;
        panel.C = Partial + group * _groupFloats + (long)column * s.R * _tiles * Kernel.Rows;
        for (int r = 0; r < s.R; r++)
            for (int tile = 0; tile < _tiles; tile++, panel.C += Kernel.Rows * width)
            {
                panel.A = scratch + r * panel.ASegment + tile * Kernel.Rows;
                Kernel.Run(&panel, width);
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
        for (int group = 0; group < Groups; group++) AddTo(sum, BiasPartial(group) + column, valid, group > 0);
        for (int j = 0; j < valid; j++) DB[column + j] += sum[j];
    }

    private readonly float* BiasPartial(int group) => Partial + (group + 1) * _groupFloats - Kernel.PanelColumns(Sizes.K);

    /// <summary>Columns of dy [pixels, stride] to a dense panel [pixels, width], 0 beyond the valid ones.</summary>
    private static void CopyPanel(float* panel, float* dy, long pixels, int stride, int width, int valid)
    {
        for (; pixels > 0; pixels--, panel += width, dy += stride)
        {
            int j = 0;
            for (; j <= valid - Vector<float>.Count; j += Vector<float>.Count) Vector.Load(dy + j).Store(panel + j);
            for (; j < valid; j++) panel[j] = dy[j];
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
