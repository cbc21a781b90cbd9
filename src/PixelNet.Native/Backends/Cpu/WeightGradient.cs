using System.Numerics;
using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// The weight product of every layer: dw[k,r,s,c] += sum over n,p,q of dy[n,p,q,k] * x[n, p+r-PadH, q+s-PadW, c], db[k] += sum of dy.
/// A dense layer is this on M image rows of one pixel.
/// </summary>
/// <remarks>
/// The micro-kernel's depth is the pixels: A = runs of 14 (s, c) values of the padded x, B = the columns of one panel of dy. Pixels are cut
/// into groups of rows, by the sizes alone; a task (group, set of panels, and for a 1x1 filter block of columns of x) walks its rows in
/// bands that stay in the L2 cache and adds to partial sums of its own, tile by tile: [group][panel][r][tile][14][width]. Then the partial
/// sums are added in the order of the groups and turned to [K,R,S,C]. Sums of sums of at most a band's pixels also keep the rounding
/// error low.
/// </remarks>
internal unsafe struct WeightGradient
{
    private const int ScratchTarget = 192 * 1024 / sizeof(float);
    private const int PartialTarget = 400 * 1024 / sizeof(float);
    private const int MaxBlockColumns = 512;
    private const int MinTasks = 16;
    private const int MinPixelsPerGroup = 128;

    public Conv2dSizes Sizes;
    public MicroKernel Kernel;
    public float* X;
    public float* DY;
    public float* DW;
    public float* DB;
    public float* Partial;
    public float* Scratch;

    /// <summary>Tasks of the two phases.</summary>
    public int PartialTasks, ReduceTasks;

    /// <summary>Floats of all partial sums, and of one thread's scratch.</summary>
    public long PartialFloats, ScratchFloats;

    private bool _dense, _dyIsPanel;
    private int _groups, _panels, _panelSets, _panelsPerTask, _blocks, _tiles, _tilesPerBlock, _bandRows, _paddedWidth, _pixelStride;
    private long _groupFloats, _dyOffset, _tileOffset;

    /// <summary>Cuts the work by the sizes alone: the order of the sums depends on nothing else.</summary>
    public static WeightGradient Plan(in Conv2dSizes sizes, in MicroKernel kernel)
    {
        var plan = new WeightGradient { Sizes = sizes, Kernel = kernel };
        plan._dense = sizes is { R: 1, S: 1, PadH: 0, PadW: 0 };
        plan._paddedWidth = sizes.W + 2 * sizes.PadW;
        plan._panels = kernel.PanelCount(sizes.K);
        plan._dyIsPanel = plan._panels == 1 && kernel.PanelWidth(sizes.K) == sizes.K;
        plan._tiles = DivideUp(sizes.S * sizes.C, kernel.Rows);
        plan._blocks = plan._dense ? DivideUp(sizes.C, MaxBlockColumns) : 1;
        plan._tilesPerBlock = DivideUp(plan._tiles, plan._blocks);
        plan._blocks = DivideUp(plan._tiles, plan._tilesPerBlock);
        plan._pixelStride = plan._dense ? Math.Min(plan._tilesPerBlock * kernel.Rows, sizes.C) : sizes.C;

        // As many panels to a task as the cache holds partial sums of, fewer where there are too few pixels for enough groups.
        int mostGroups = (int)Math.Clamp((long)sizes.N * sizes.P * sizes.Q / MinPixelsPerGroup, 1, Math.Clamp((long)sizes.N * sizes.P, 1, MinTasks));
        long panelFloats = (long)sizes.R * plan._tilesPerBlock * kernel.Rows * kernel.Wide;
        int mostPanels = (int)Math.Clamp(PartialTarget / panelFloats, 1, plan._panels);
        int setsForTasks = Math.Min(DivideUp(MinTasks, mostGroups * plan._blocks), plan._panels);
        plan._panelsPerTask = DivideUp(plan._panels, Math.Max(DivideUp(plan._panels, mostPanels), setsForTasks));
        plan._panelSets = DivideUp(plan._panels, plan._panelsPerTask);
        plan._groups = Math.Min(DivideUp(MinTasks, plan._panelSets * plan._blocks), mostGroups);
        plan.PartialTasks = plan._groups * plan._panelSets * plan._blocks;
        plan.ReduceTasks = plan._panels * sizes.R;

        long rowFloats = (long)plan._paddedWidth * plan._pixelStride, dyRowFloats = (long)sizes.Q * plan._panelsPerTask * kernel.Wide;
        plan._bandRows = (int)Math.Clamp((ScratchTarget - (sizes.R - 1) * rowFloats) / (rowFloats + dyRowFloats), 1, Math.Max(sizes.P, 1));

        int columns = kernel.PanelColumns(sizes.K);
        plan._groupFloats = Aligned((long)columns * sizes.R * plan._tiles * kernel.Rows + columns);
        plan.PartialFloats = plan._groups * plan._groupFloats;
        // The last tile may reach beyond the last pixel.
        plan._dyOffset = Aligned((plan._bandRows + sizes.R - 1) * rowFloats + (long)sizes.S * sizes.C + kernel.Rows);
        plan._tileOffset = Aligned(plan._dyOffset + plan._bandRows * dyRowFloats);
        plan.ScratchFloats = plan._tileOffset + Aligned(kernel.Rows * kernel.Wide);
        return plan;
    }

    /// <summary>Task function of the first phase: group x set of panels x block of columns.</summary>
    public static void RunPartial(void* arguments, int task, int worker)
    {
        var plan = (WeightGradient*)arguments;
        int block = task % plan->_blocks, set = task / plan->_blocks % plan->_panelSets, group = task / plan->_blocks / plan->_panelSets;
        plan->Accumulate(group, set, block, plan->Scratch + worker * plan->ScratchFloats);
    }

    /// <summary>Task function of the second phase: panel x filter row.</summary>
    public static void RunReduce(void* arguments, int task, int worker)
    {
        var plan = (WeightGradient*)arguments;
        plan->Reduce(task / plan->Sizes.R, task % plan->Sizes.R, plan->Scratch + worker * plan->ScratchFloats + plan->_tileOffset);
    }

    private void Accumulate(int group, int set, int block, float* scratch)
    {
        var s = Sizes;
        long row = (long)group * s.N * s.P / _groups, end = (long)(group + 1) * s.N * s.P / _groups;
        int firstPanel = set * _panelsPerTask, endPanel = Math.Min(firstPanel + _panelsPerTask, _panels);
        int firstColumn = block * _tilesPerBlock * Kernel.Rows;
        for (bool first = true; row < end; first = false)
        {
            int image = (int)(row / s.P), p = (int)(row % s.P);
            int rows = (int)Math.Min(Math.Min(_bandRows, s.P - p), end - row);
            long pixels = (long)rows * s.Q;
            float* x = X + (long)image * s.H * s.W * s.C, dy = DY + row * s.Q * s.K;
            if (_dense)
                PaddedRows.CopyColumns(scratch, x + (long)p * s.W * s.C + firstColumn, pixels, s.C, Math.Min(_pixelStride, s.C - firstColumn), _pixelStride);
            else PaddedRows.Copy(scratch, x, p - s.PadH, rows + s.R - 1, s.H, s.W, s.C, s.PadW);
            float* panels = _dyIsPanel ? dy : scratch + _dyOffset;
            if (!_dyIsPanel) CopyPanels(panels, dy, pixels, firstPanel, endPanel);
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                if (DB != null && block == 0) SumColumns(group, panel, dy, pixels, scratch + _tileOffset, !first);
                AccumulateBand(group, panel, block, rows, scratch, panels + (panel - firstPanel) * pixels * Kernel.Wide, !first);
            }
            row += rows;
        }
    }

    /// <summary>Adds what some rows give to one panel's partial sums; x and the panel of dy lie in scratch.</summary>
    private void AccumulateBand(int group, int panelIndex, int block, int rows, float* x, float* dy, bool accumulate)
    {
        var s = Sizes;
        int column = panelIndex * Kernel.Wide, width = Kernel.PanelWidth(s.K - column);
        int firstTile = block * _tilesPerBlock, endTile = Math.Min(firstTile + _tilesPerBlock, _tiles);
        Panel panel;
        panel.ARow = 1;
        panel.AStep = _pixelStride;
        panel.ASegment = (nint)_paddedWidth * _pixelStride;
        panel.B = dy;
        panel.BStep = width;
        panel.BSegment = (nint)s.Q * width;
        // Without padding the rows of both follow each other without a gap: one long segment.
        panel.Segments = _dense ? 1 : rows;
        panel.Count = _dense ? rows * s.Q : s.Q;
        panel.Accumulate = accumulate;
        panel.C = Partial + group * _groupFloats + ((long)column * s.R * _tiles + (long)firstTile * width) * Kernel.Rows;
        for (int r = 0; r < s.R; r++)
            for (int tile = firstTile; tile < endTile; tile++, panel.C += Kernel.Rows * width)
            {
                panel.A = x + r * panel.ASegment + (tile - firstTile) * Kernel.Rows;
                Kernel.Run(&panel, width);
            }
    }

    /// <summary>Adds the column sums of one panel of dy to the group's.</summary>
    private readonly void SumColumns(int group, int panel, float* dy, long pixels, float* sums, bool accumulate)
    {
        int column = panel * Kernel.Wide, valid = Math.Min(Kernel.Wide, Sizes.K - column);
        ColumnSums.Of(sums, dy + column, pixels, Sizes.K, valid);
        AddTo(BiasPartial(group) + column, sums, valid, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Reduce(int panelIndex, int r, float* sum)
    {
        var s = Sizes;
        int column = panelIndex * Kernel.Wide, width = Kernel.PanelWidth(s.K - column), valid = Math.Min(width, s.K - column);
        int segment = s.S * s.C, tileFloats = Kernel.Rows * width;
        float* partial = Partial + ((long)column * s.R * Kernel.Rows + (long)r * Kernel.Rows * width) * _tiles;
        for (int tile = 0; tile < _tiles; tile++, partial += tileFloats)
        {
            for (int group = 0; group < _groups; group++) AddTo(sum, partial + group * _groupFloats, tileFloats, group > 0);
            int rows = Math.Min(Kernel.Rows, segment - tile * Kernel.Rows);
            for (int j = 0; j < valid; j++)
            {
                float* destination = DW + ((long)(column + j) * s.R + r) * segment + tile * Kernel.Rows;
                for (int i = 0; i < rows; i++) destination[i] += sum[i * width + j];
            }
        }
        if (r > 0 || DB == null) return;
        for (int group = 0; group < _groups; group++) AddTo(sum, BiasPartial(group) + column, valid, group > 0);
        for (int j = 0; j < valid; j++) DB[column + j] += sum[j];
    }

    private readonly float* BiasPartial(int group) => Partial + (group + 1) * _groupFloats - Kernel.PanelColumns(Sizes.K);

    /// <summary>Some panels of dy [pixels, K] to dense ones [panel][pixels, width], 0 beyond the last column; dy is read row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void CopyPanels(float* panels, float* dy, long pixels, int firstPanel, int endPanel)
    {
        for (long pixel = 0; pixel < pixels; pixel++, dy += Sizes.K)
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                int column = panel * Kernel.Wide, width = Kernel.PanelWidth(Sizes.K - column), valid = Math.Min(width, Sizes.K - column), j = 0;
                float* source = dy + column, destination = panels + (panel - firstPanel) * pixels * Kernel.Wide + pixel * width;
                for (; j <= valid - Vector<float>.Count; j += Vector<float>.Count) Vector.Load(source + j).Store(destination + j);
                for (; j < valid; j++) destination[j] = source[j];
                for (; j < width; j++) destination[j] = 0;
            }
    }

    /// <summary>destination (+)= source.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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

    private static int DivideUp(int a, int b) => (a + b - 1) / b;

    private static long Aligned(long floats) => (floats + 63) / 64 * 64;
}
