using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// The forward product of a 3x3 convolution by F(m x m, 3x3): Y = A^T [U . (B^T d B)] A per tile of m x m outputs, where . is, for each of the
/// (m+2)^2 positions, a product of [tiles, C] with [C, K]. The input gradient is this with flipped filters, as in <see cref="Correlation"/>.
/// </summary>
/// <remarks>
/// A task takes a block of tiles through all three phases, so that V = B^T d B [position][tile][C] and the products M [position][panel][tile][width]
/// stay in its thread's scratch. Where a layer has too few tiles for enough tasks, the panels of K are shared out too, and each task transforms its
/// block again. Neighbouring tasks share the panels. The positions of a tile lie a cache line more than their size apart, else all of them would
/// compete for one set of the cache.
/// </remarks>
internal unsafe struct WinogradCorrelation
{
    private const int ScratchTarget = 6 * 1024 * 1024 / sizeof(float);
    private const int MaxGroupsOfRows = 12, FewGroupsOfRows = 3;
    private const int MinBlocks = 16, MinTasks = 8, MinTasksOfPart = 4;
    private const long PartTarget = 12 * 1024 * 1024 / sizeof(float);
    private const int Skew = 16;

    public Conv2dSizes Sizes;
    public MicroKernel Kernel;
    public WinogradKernel Transform;
    public float* X;
    public float* U;
    public float* Y;
    public float* Scratch;
    public Epilogue Epilogue;

    /// <summary>The panels whose transformed filters <see cref="U"/> holds: all, or a part of them at a time.</summary>
    public int FirstPanel, Panels;

    /// <summary>Panels of a part: all, unless it was planned in parts.</summary>
    public int PanelsOfPart;

    /// <summary>Floats of scratch of one thread, and of the transformed filters of a part.</summary>
    public long ScratchFloats, FilterFloats;

    private WinogradTiles _tiles;
    private int _blockTiles, _blocks, _panelsPerTask, _rowFloats;
    private nint _inputStep, _productStep;
    private long _productOffset, _tempOffset, _patchOffset, _outputOffset;

    /// <summary>Tasks of the product of <see cref="Panels"/>.</summary>
    public readonly int Tasks => _blocks * DivideUp(Panels, _panelsPerTask);

    /// <summary>Cuts the work, by the sizes alone.</summary>
    /// <param name="sizes">Of the product.</param>
    /// <param name="kernel">Micro-kernel.</param>
    /// <param name="transform">Tile size.</param>
    /// <param name="inParts">Whether the transformed filters lie in memory a part at a time.</param>
    public static WinogradCorrelation Plan(in Conv2dSizes sizes, in MicroKernel kernel, in WinogradKernel transform, bool inParts = false)
    {
        var plan = new WinogradCorrelation { Sizes = sizes, Kernel = kernel, Transform = transform };
        plan._tiles = new WinogradTiles(sizes, transform.Outputs);
        int panels = kernel.PanelCount(sizes.K), columns = kernel.PanelColumns(sizes.K);
        plan._rowFloats = RowFloats(sizes.C);

        long tileFloats = (long)transform.Positions * (plan._rowFloats + columns);
        int most = (int)Math.Clamp(ScratchTarget / (tileFloats * kernel.Rows), 1, MaxGroupsOfRows) * kernel.Rows;
        int fewest = FewGroupsOfRows * kernel.Rows;
        int blocks = Math.Max(DivideUp(plan._tiles.Count, most), Math.Min(MinBlocks, DivideUp(plan._tiles.Count, fewest)));
        plan._blockTiles = DivideUp(DivideUp(plan._tiles.Count, blocks), kernel.Rows) * kernel.Rows;
        plan._blocks = DivideUp(plan._tiles.Count, plan._blockTiles);
        int parts = !inParts ? 1 : DivideUp(panels, (int)Math.Clamp(PartTarget / ((long)transform.Positions * kernel.Wide * sizes.C), 1, panels));
        plan.Panels = plan.PanelsOfPart = DivideUp(panels, parts);
        int groups = Math.Clamp(DivideUp(parts == 1 ? MinTasks : MinTasksOfPart, plan._blocks), 1, plan.Panels);
        plan._panelsPerTask = DivideUp(plan.Panels, groups);

        plan._inputStep = (nint)plan._blockTiles * plan._rowFloats + Skew;
        plan._productStep = (nint)plan._blockTiles * Math.Min(plan._panelsPerTask * kernel.Wide, columns) + Skew;
        plan._productOffset = Aligned(transform.Positions * plan._inputStep);
        plan._tempOffset = plan._productOffset + Aligned(transform.Positions * plan._productStep);
        plan._outputOffset = plan._tempOffset + Aligned(transform.TempFloats);
        plan._patchOffset = plan._outputOffset + Aligned(transform.Outputs * transform.Outputs * kernel.Wide);
        plan.ScratchFloats = plan._patchOffset + Aligned((long)transform.Positions * sizes.C);
        plan.FilterFloats = Aligned(WinogradFilters.Floats(kernel, transform, Math.Min(plan.PanelsOfPart * kernel.Wide, sizes.K), sizes.C));
        return plan;
    }

    /// <summary>Task function: one block of tiles, some panels.</summary>
    public static void Run(void* arguments, int task, int worker)
    {
        var plan = (WinogradCorrelation*)arguments;
        int first = task % plan->_blocks * plan->_blockTiles, panel = plan->FirstPanel + task / plan->_blocks * plan->_panelsPerTask;
        plan->Block(first, Math.Min(plan->_blockTiles, plan->_tiles.Count - first),
            panel, Math.Min(panel + plan->_panelsPerTask, plan->FirstPanel + plan->Panels), plan->Scratch + worker * plan->ScratchFloats);
    }

    /// <summary>A row of V for one tile: no multiple of 1 KiB, at which the rows of a micro-kernel's tile would share few sets of the L1 cache.</summary>
    internal static int RowFloats(int channels) => channels + (channels % 256 == 0 ? 16 : 0);

    private void Block(int first, int count, int firstPanel, int endPanel, float* scratch)
    {
        for (int tile = 0; tile < count; tile++) TransformInput(first + tile, scratch + (long)tile * _rowFloats, scratch);
        Multiply(count, firstPanel, endPanel, scratch);
        for (int panel = firstPanel; panel < endPanel; panel++)
            for (int tile = 0; tile < count; tile++) TransformOutput(first + tile, tile, panel, firstPanel, scratch);
    }

    private void TransformInput(int tile, float* to, float* scratch)
    {
        var s = Sizes;
        var (image, row, column) = _tiles.At(tile);
        float* from = WinogradTiles.Patch(X + (long)image * s.H * s.W * s.C, s.H, s.W, s.C, row - s.PadH, column - s.PadW, Transform.Side, scratch + _patchOffset,
            out nint rowStep, out nint columnStep);
        Transform.Input(from, rowStep, columnStep, to, _inputStep, s.C, scratch + _tempOffset);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(int count, int firstPanel, int endPanel, float* scratch)
    {
        var s = Sizes;
        int firstColumn = FirstPanel * Kernel.Wide;
        nint filterStep = (nint)Kernel.PanelColumns(Math.Min(Panels * Kernel.Wide, s.K - firstColumn)) * s.C;
        Panel product;
        product.ARow = _rowFloats;
        product.AStep = 1;
        product.ASegment = 0;
        product.BSegment = 0;
        product.Segments = 1;
        product.Count = s.C;
        product.Accumulate = false;
        for (int position = 0; position < Transform.Positions; position++)
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                int column = panel * Kernel.Wide, width = Kernel.PanelWidth(s.K - column);
                product.B = U + position * filterStep + (long)(column - firstColumn) * s.C;
                product.BStep = width;
                product.A = scratch + position * _inputStep;
                product.C = Products(scratch, position, panel, firstPanel);
                for (int tile = 0; tile < count; tile += Kernel.Rows)
                {
                    Kernel.Run(&product, width);
                    product.A += Kernel.Rows * product.ARow;
                    product.C += Kernel.Rows * width;
                }
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TransformOutput(int tile, int tileOfBlock, int panel, int firstPanel, float* scratch)
    {
        var s = Sizes;
        int outputs = Transform.Outputs, firstColumn = panel * Kernel.Wide, width = Kernel.PanelWidth(s.K - firstColumn), valid = Math.Min(width, s.K - firstColumn);
        float* values = scratch + _outputOffset;
        Transform.Output(Products(scratch, 0, panel, firstPanel) + (long)tileOfBlock * width, _productStep, values, width, scratch + _tempOffset);
        var (image, row, column) = _tiles.At(tile);
        int rows = Math.Min(outputs, s.P - row), columns = Math.Min(outputs, s.Q - column);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
            {
                long element = (((long)image * s.P + row + i) * s.Q + column + j) * s.K + firstColumn;
                Epilogue.Apply(Y + element, values + (i * outputs + j) * width, element, firstColumn, valid);
            }
    }

    private readonly float* Products(float* scratch, int position, int panel, int firstPanel) =>
        scratch + _productOffset + position * _productStep + (long)(panel - firstPanel) * Kernel.Wide * _blockTiles;

    private static int DivideUp(int a, int b) => (a + b - 1) / b;

    private static long Aligned(long floats) => (floats + 63) / 64 * 64;
}
