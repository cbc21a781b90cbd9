using System.Runtime.CompilerServices;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// The weight gradient of a 3x3 convolution in the domain of F(m x m, 3x3). The forward pass is Y = A^T [(G g G^T) . V] A, linear in g, so
/// <c>dg = G^T [sum over tiles of (A dY A^T) . V] G</c>: for each position a product of [C, tiles] with [tiles, K].
/// </summary>
/// <remarks>
/// Tiles are taken in blocks, one after the other. The threads share the transforms of a block, V [position][tile][C] and A dY A^T [position][tile][K],
/// and then the positions, each of which adds its product to sums of its own [position][panel][tile of rows][rows][width]; so the order of every sum is
/// the order of the tiles, whoever works. The position of the point 1 in both directions holds the sum of a tile of dY (that row of A is all ones), so
/// its column sums give db.
/// </remarks>
internal unsafe struct WinogradWeightGradient
{
    private const long BlockTarget = 12 * 1024 * 1024 / sizeof(float);
    private const int MinBlockTiles = 56, MaxBlockTiles = 1024;
    private const int TilesPerTask = 8, ChannelsPerTask = 16;
    private const int Skew = 16;

    public Conv2dSizes Sizes;
    public MicroKernel Kernel;
    public WinogradKernel Transform;
    public float* X;
    public float* DY;
    public float* DW;
    public float* DB;

    /// <summary>V and A dY A^T of a block, the sums, and the threads' scratch: <see cref="SharedFloats"/> and, for each thread, <see cref="ScratchFloats"/>.</summary>
    public float* Shared, Scratch;

    /// <summary>Floats of <see cref="Shared"/>, and of one thread's scratch.</summary>
    public long SharedFloats, ScratchFloats;

    /// <summary>Blocks of tiles, to be set to <see cref="Block"/> one after the other; and tasks of the phases of one.</summary>
    public int Blocks, Block, TransformTasks, ProductTasks, ReduceTasks;

    private WinogradTiles _tiles;
    private int _blockTiles, _panels, _groups, _inputRow, _gradientRow;
    private nint _inputStep, _gradientStep, _sumStep;
    private long _gradientOffset, _sumOffset, _biasOffset;

    /// <summary>Cuts the work, by the sizes alone.</summary>
    public static WinogradWeightGradient Plan(in Conv2dSizes sizes, in MicroKernel kernel, in WinogradKernel transform)
    {
        var plan = new WinogradWeightGradient { Sizes = sizes, Kernel = kernel, Transform = transform };
        plan._tiles = new WinogradTiles(sizes, transform.Outputs);
        plan._panels = kernel.PanelCount(sizes.K);
        plan._groups = DivideUp(sizes.C, kernel.Rows);
        plan._inputRow = WinogradCorrelation.RowFloats(sizes.C);
        plan._gradientRow = WinogradCorrelation.RowFloats(kernel.PanelColumns(sizes.K));
        long tileFloats = (long)transform.Positions * (plan._inputRow + plan._gradientRow);
        int most = (int)Math.Clamp(BlockTarget / tileFloats, MinBlockTiles, MaxBlockTiles);
        plan.Blocks = DivideUp(plan._tiles.Count, most);
        plan._blockTiles = DivideUp(plan._tiles.Count, plan.Blocks);
        plan.TransformTasks = DivideUp(plan._blockTiles, TilesPerTask);
        plan.ProductTasks = transform.Positions * plan._panels;
        plan.ReduceTasks = plan._panels * DivideUp(sizes.C, ChannelsPerTask);

        // The last rows of a micro-kernel's tile reach beyond the channels, of the last tile too.
        plan._inputStep = (nint)plan._blockTiles * plan._inputRow + Skew;
        plan._gradientStep = (nint)plan._blockTiles * plan._gradientRow + Skew;
        plan._sumStep = (nint)kernel.PanelColumns(sizes.K) * plan._groups * kernel.Rows + Skew;
        plan._gradientOffset = Aligned(transform.Positions * plan._inputStep + kernel.Rows);
        plan._sumOffset = plan._gradientOffset + Aligned(transform.Positions * plan._gradientStep);
        plan._biasOffset = plan._sumOffset + Aligned(transform.Positions * plan._sumStep);
        plan.SharedFloats = plan._biasOffset + Aligned(2L * kernel.PanelColumns(sizes.K));
        plan.ScratchFloats = Aligned(transform.TempFloats + Math.Max((long)transform.Positions * Math.Max(sizes.C, sizes.K), 9L * transform.Vector));
        return plan;
    }

    /// <summary>Task function of the first phase: the transforms of some tiles of the block.</summary>
    public static void RunTransform(void* arguments, int task, int worker)
    {
        var plan = (WinogradWeightGradient*)arguments;
        int first = task * TilesPerTask, end = Math.Min(first + TilesPerTask, plan->BlockCount);
        for (int tile = first; tile < end; tile++) plan->TransformTile(tile, plan->Scratch + worker * plan->ScratchFloats);
    }

    /// <summary>Task function of the second phase: one position of one panel of K, for all tiles of the block.</summary>
    public static void RunProduct(void* arguments, int task, int worker)
    {
        var plan = (WinogradWeightGradient*)arguments;
        plan->Multiply(task / plan->_panels, task % plan->_panels);
    }

    /// <summary>Task function at the end: some channels of one panel, from the sums to dw; the first of a panel also adds to db.</summary>
    public static void RunReduce(void* arguments, int task, int worker)
    {
        var plan = (WinogradWeightGradient*)arguments;
        int chunks = DivideUp(plan->Sizes.C, ChannelsPerTask), first = task % chunks * ChannelsPerTask;
        plan->Reduce(task / chunks, first, Math.Min(first + ChannelsPerTask, plan->Sizes.C), plan->Scratch + worker * plan->ScratchFloats);
    }

    private readonly int BlockCount => Math.Min(_blockTiles, _tiles.Count - Block * _blockTiles);

    private void TransformTile(int tile, float* temp)
    {
        var s = Sizes;
        var (image, row, column) = _tiles.At(Block * _blockTiles + tile);
        float* copy = temp + Transform.TempFloats;
        float* x = WinogradTiles.Patch(X + (long)image * s.H * s.W * s.C, s.H, s.W, s.C, row - s.PadH, column - s.PadW, Transform.Side, copy, out nint rowStep, out nint columnStep);
        Transform.Input(x, rowStep, columnStep, Shared + (long)tile * _inputRow, _inputStep, s.C, temp);
        float* dy = WinogradTiles.Patch(DY + (long)image * s.P * s.Q * s.K, s.P, s.Q, s.K, row, column, Transform.Outputs, copy, out rowStep, out columnStep);
        Transform.OutputGradient(dy, rowStep, columnStep, Shared + _gradientOffset + (long)tile * _gradientRow, _gradientStep, s.K, temp);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(int position, int panelIndex)
    {
        int column = panelIndex * Kernel.Wide, width = Kernel.PanelWidth(Sizes.K - column);
        Panel product;
        product.ARow = 1;
        product.AStep = _inputRow;
        product.ASegment = 0;
        product.B = Shared + _gradientOffset + position * _gradientStep + column;
        product.BStep = _gradientRow;
        product.BSegment = 0;
        product.Segments = 1;
        product.Count = BlockCount;
        product.Accumulate = Block > 0;
        product.A = Shared + position * _inputStep;
        product.C = Shared + _sumOffset + position * _sumStep + (long)column * _groups * Kernel.Rows;
        for (int group = 0; group < _groups; group++)
        {
            Kernel.Run(&product, width);
            product.A += Kernel.Rows;
            product.C += Kernel.Rows * width;
        }
        if (DB == null || position != Transform.Side + 1) return;
        float* sum = Shared + _biasOffset + column, blockSum = sum + Kernel.PanelColumns(Sizes.K);
        int valid = Math.Min(width, Sizes.K - column);
        ColumnSums.Of(blockSum, product.B, BlockCount, _gradientRow, valid);
        for (int j = 0; j < valid; j++) sum[j] = product.Accumulate ? sum[j] + blockSum[j] : blockSum[j];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Reduce(int panel, int first, int end, float* temp)
    {
        var s = Sizes;
        int v = Transform.Vector, column = panel * Kernel.Wide, width = Kernel.PanelWidth(s.K - column), valid = Math.Min(width, s.K - column);
        float* gradient = temp + Transform.TempFloats;
        for (int c = first; c < end; c++)
            for (int j = 0; j < valid; j += v)
            {
                Transform.FilterGradient(Shared + _sumOffset + (long)column * _groups * Kernel.Rows + (long)c * width + j, _sumStep, gradient, temp);
                int lanes = Math.Min(v, valid - j);
                for (int lane = 0; lane < lanes; lane++)
                {
                    float* dw = DW + (long)(column + j + lane) * 9 * s.C + c;
                    for (int tap = 0; tap < 9; tap++) dw[(long)tap * s.C] += gradient[tap * v + lane];
                }
            }
        if (DB == null || first > 0) return;
        float* sum = Shared + _biasOffset + column;
        for (int j = 0; j < valid; j++) DB[column + j] += sum[j];
    }

    private static int DivideUp(int a, int b) => (a + b - 1) / b;

    private static long Aligned(long floats) => (floats + 63) / 64 * 64;
}
