using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// The forward product of every layer: y[n,p,q,k] = epilogue(sum over r,s,c of x[n, p+r-PadH, q+s-PadW, c] * w[k,r,s,c]).
/// Convolution forward is this; its input gradient is this with flipped, transposed filters; a dense layer is this on
/// M images rows of one pixel (<see cref="DenseSizes"/>).
/// </summary>
/// <remarks>
/// How the data lies. A task takes a band of output rows of one image and copies the input rows under it, with their zero padding,
/// into its thread's scratch; there the pixels of all rows follow each other at one stride, so a tile is any run of
/// <see cref="MicroKernel.Rows"/> consecutive positions, row ends included (positions in the padding are computed and not stored).
/// Since (s, c) of one filter row is contiguous in NHWC, the depth of the product is R segments of S*C floats. Filters are packed to
/// panels [panel][r,s,c][width], 64-byte aligned. A long depth is cut into pieces, between which the tiles wait in scratch, so that what a
/// piece needs stays in the L2 cache: the filters of one panel, and, for a 1x1 filter, the columns of x, which are then copied piece by piece.
/// A dense layer's weight gradient is the same product with x the other way round (<see cref="PlanWeightGradient"/>).
/// </remarks>
internal unsafe struct Correlation
{
    private const int MaxDepth = 4096;
    private const int MaxDenseDepth = 512;
    private const int ScratchLimit = 1024 * 1024 / sizeof(float);

    // Copying a float takes about as long as this many multiply-adds.
    private const double CopyCost = 8;

    // Every band streams the filters anew, which takes about as long as this many positions.
    private const double BandCost = 2;
    private const int MinTasks = 16;
    private const int Line = 16;

    // Of the L2 cache, the copied rows of a dense product may take a quarter and its waiting tiles not quite half; a panel's piece needs room, too.
    private static readonly long DenseScratchLimit = CacheSizes.L2 / 4 / sizeof(float), WaitingLimit = CacheSizes.L2 * 7 / 16 / sizeof(float);

    public Conv2dSizes Sizes;
    public MicroKernel Kernel;
    public float* X;
    public float* Packed;
    public float* Y;
    public float* Scratch;
    public Epilogue Epilogue;

    /// <summary>In a weight gradient: what the sums of dy are added to; null = nothing.</summary>
    public float* DB;

    /// <summary>Output rows of a band, and tasks of the whole product.</summary>
    public int BandRows, Tasks;

    /// <summary>Floats of scratch of one thread, and of all packed filters.</summary>
    public long ScratchFloats, PackedFloats;

    private int _bands, _panelsPerTask, _pixelStride, _paddedWidth, _segmentsPerPiece, _countPerPiece, _waitingTiles;
    private bool _dense, _transposed;
    private long _tileOffset;

    /// <summary>A dense layer x [M,In] w [Out,In] as a 1x1 convolution.</summary>
    public static Conv2dSizes DenseSizes(in LinearSizes sizes) => new(1, sizes.M, 1, sizes.In, sizes.Out, 1, 1, 0, 0);

    /// <summary>The input gradient as a correlation: dy [N,P,Q,K] with w' [C,R,S,K], padding R-1-PadH.</summary>
    public static Conv2dSizes InputGradientSizes(in Conv2dSizes s) => new(s.N, s.P, s.Q, s.K, s.C, s.R, s.S, s.R - 1 - s.PadH, s.S - 1 - s.PadW);

    /// <summary>
    /// A dense layer's weight gradient as a correlation: dw [Out,In] = dy^T x, whose depth is <paramref name="rows"/> of the layer's M. X is dy [rows,Out], and the
    /// packed filters are x [rows,In] (<see cref="FilterPacking.Flipped"/>).
    /// </summary>
    public static Correlation PlanWeightGradient(in LinearSizes sizes, int rows, in MicroKernel kernel) =>
        Plan(new Conv2dSizes(1, sizes.Out, 1, rows, sizes.In, 1, 1, 0, 0), kernel, int.MaxValue, transposed: true);

    /// <summary>Cuts the work, into bands of at most <paramref name="maxBandRows"/> rows. The result does not depend on where the bands lie.</summary>
    public static Correlation Plan(in Conv2dSizes sizes, in MicroKernel kernel, int maxBandRows = int.MaxValue) => Plan(sizes, kernel, maxBandRows, transposed: false);

    private static Correlation Plan(in Conv2dSizes sizes, in MicroKernel kernel, int maxBandRows, bool transposed)
    {
        var plan = new Correlation { Sizes = sizes, Kernel = kernel, _transposed = transposed };
        plan._dense = sizes is { R: 1, S: 1, PadH: 0, PadW: 0 };
        plan._paddedWidth = sizes.W + 2 * sizes.PadW;

        int segment = sizes.S * sizes.C, maxDepth = plan._dense ? MaxDenseDepth : MaxDepth;
        plan._countPerPiece = DivideUp(segment, DivideUp(segment, maxDepth));
        if (plan._countPerPiece < segment) plan._countPerPiece = DivideUp(plan._countPerPiece, Line) * Line;
        plan._segmentsPerPiece = DivideUp(sizes.R, DivideUp(sizes.R * plan._countPerPiece, maxDepth));
        bool pieces = plan._countPerPiece < segment || plan._segmentsPerPiece < sizes.R;

        plan._pixelStride = plan._dense ? OddLines(plan._countPerPiece) : sizes.C;
        long rowFloats = (long)plan._paddedWidth * plan._pixelStride;
        plan.BandRows = plan.ChooseBandRows(rowFloats, Math.Min(sizes.P, maxBandRows));
        plan._bands = sizes.N * DivideUp(sizes.P, plan.BandRows);

        int panels = kernel.PanelCount(sizes.K);
        int tiles = DivideUp((plan.BandRows - 1) * plan._paddedWidth + sizes.Q, kernel.Rows);
        int groups = Math.Clamp(DivideUp(MinTasks, plan._bands), 1, panels);
        if (pieces) groups = Math.Max(groups, DivideUp(panels, (int)Math.Max(WaitingLimit / (tiles * kernel.Rows * kernel.Wide), 1)));
        plan._panelsPerTask = DivideUp(panels, groups);
        plan.Tasks = plan._bands * DivideUp(panels, plan._panelsPerTask);
        plan._waitingTiles = pieces ? tiles : 0;

        // The last tile and its filter window may reach beyond the band.
        long slack = (long)(kernel.Rows + sizes.S) * plan._pixelStride;
        if (transposed) plan._pixelStride = OddLines(tiles * kernel.Rows);
        plan._tileOffset = Aligned(transposed ? (long)plan._countPerPiece * plan._pixelStride : (plan.BandRows + sizes.R - 1) * rowFloats + slack);
        plan.ScratchFloats = plan._tileOffset + Math.Max(plan._waitingTiles * plan._panelsPerTask, 1L) * kernel.Rows * kernel.Wide + (transposed ? Aligned(plan.BandRows) : 0);
        // A dense layer's scratch is that of any number of rows: who plans for many may run fewer, whose bands are others.
        if (plan._dense) plan.ScratchFloats = Math.Max(plan.ScratchFloats, Aligned(DenseScratchLimit + slack) + Math.Max(pieces ? WaitingLimit : 0, kernel.Rows * kernel.Wide));
        plan.PackedFloats = Aligned((long)kernel.PanelColumns(sizes.K) * sizes.R * segment);
        return plan;
    }

    /// <summary>
    /// The height of a band that costs least per row: positions computed, the last tile's unused ones included, and pixels copied, the
    /// filter's overlap included. A copy beyond <see cref="ScratchLimit"/> / 4 counts twice; one beyond the limit is not made.
    /// </summary>
    private readonly int ChooseBandRows(long rowFloats, int most)
    {
        double copyCost = CopyCost / (Sizes.R * Sizes.S * Kernel.PanelColumns(Sizes.K));
        int best = 1;
        double bestCost = double.PositiveInfinity;
        for (int rows = 1; rows <= most; rows++)
        {
            long copied = (rows + Sizes.R - 1) * rowFloats;
            if (rows > 1 && copied > (_dense ? DenseScratchLimit : ScratchLimit)) break;
            int tiles = DivideUp((rows - 1) * _paddedWidth + Sizes.Q, Kernel.Rows);
            double pixels = (rows + Sizes.R - 1.0) * _paddedWidth * (copied > ScratchLimit / 4 ? 2 : 1);
            double cost = (tiles * Kernel.Rows + copyCost * pixels + BandCost) / rows * ((double)DivideUp(Sizes.P, rows) * rows / Sizes.P);
            if (cost < bestCost) (best, bestCost) = (rows, cost);
        }
        return best;
    }

    /// <summary>
    /// Task function of the <see cref="Correlation"/> at <paramref name="arguments"/>: one band, some panels. Neighbouring tasks share
    /// the panels, so that the threads stream the same filters at about the same time.
    /// </summary>
    public static void Run(void* arguments, int task, int worker)
    {
        var plan = (Correlation*)arguments;
        int perImage = plan->_bands / plan->Sizes.N, band = task % plan->_bands;
        int firstRow = band % perImage * plan->BandRows;
        plan->Band(band / perImage, firstRow, Math.Min(plan->BandRows, plan->Sizes.P - firstRow),
            task / plan->_bands * plan->_panelsPerTask, plan->Scratch + worker * plan->ScratchFloats);
    }

    /// <summary>Computes all panels of at most <see cref="BandRows"/> output rows of one image.</summary>
    public void AllPanels(int image, int firstRow, int rows, float* scratch)
    {
        for (int panel = 0; panel < Kernel.PanelCount(Sizes.K); panel += _panelsPerTask) Band(image, firstRow, rows, panel, scratch);
    }

    /// <summary>Computes one task's panels of some output rows of one image.</summary>
    private void Band(int image, int firstRow, int rows, int firstPanel, float* scratch)
    {
        var s = Sizes;
        float* x = X + (long)image * s.H * s.W * s.C;
        float* y = Y + ((long)image * s.P + firstRow) * s.Q * s.K;
        int segment = s.S * s.C;
        if (!_dense) PaddedRows.Copy(scratch, x, firstRow - s.PadH, rows + s.R - 1, s.H, s.W, s.C, s.PadW);
        for (int r = 0; r < s.R; r += _segmentsPerPiece)
            for (int t = 0; t < segment; t += _countPerPiece)
            {
                int count = Math.Min(_countPerPiece, segment - t);
                if (_transposed) CopyTransposed(scratch, firstRow, rows, t, count, firstPanel == 0);
                else if (_dense) PaddedRows.CopyColumns(scratch, x + (long)firstRow * s.W * s.C + t, (long)rows * s.W, s.C, count, _pixelStride);
                for (int panel = firstPanel; panel < firstPanel + _panelsPerTask && panel < Kernel.PanelCount(s.K); panel++)
                    Piece(y, rows, panel, panel - firstPanel, r, t, count, scratch);
            }
    }

    /// <summary>Copies some rows of dy and, once for all panels, adds their sums to db.</summary>
    private void CopyTransposed(float* scratch, int firstColumn, int columns, int firstRow, int rows, bool sum)
    {
        PaddedRows.CopyColumns(scratch, X + (long)firstRow * Sizes.P + firstColumn, rows, Sizes.P, columns, _pixelStride);
        if (!sum || DB == null) return;
        float* sums = scratch + ScratchFloats - Aligned(BandRows);
        ColumnSums.Of(sums, scratch, rows, _pixelStride, columns);
        for (int j = 0; j < columns; j++) DB[firstColumn + j] += sums[j];
    }

    /// <summary>One piece of the depth, of one panel, for all tiles of a band; the last piece goes through the epilogue into y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Piece(float* y, int rows, int panelIndex, int panelOfTask, int r, int t, int count, float* scratch)
    {
        var s = Sizes;
        int segment = s.S * s.C;
        int column = panelIndex * Kernel.Wide, width = Kernel.PanelWidth(s.K - column), valid = Math.Min(width, s.K - column);
        int tileFloats = Kernel.Rows * Kernel.Wide;
        bool last = r + _segmentsPerPiece >= s.R && t + _countPerPiece >= segment;
        Panel panel;
        panel.C = scratch + _tileOffset + (long)panelOfTask * _waitingTiles * tileFloats;
        panel.Accumulate = r > 0 || t > 0;
        panel.ARow = _transposed ? 1 : _pixelStride;
        panel.AStep = _transposed ? _pixelStride : 1;
        panel.ASegment = (nint)_paddedWidth * _pixelStride;
        panel.A = scratch + r * panel.ASegment + (_dense ? 0 : t);
        panel.B = Packed + (long)column * s.R * segment + ((long)r * segment + t) * width;
        panel.BStep = width;
        panel.BSegment = (nint)segment * width;
        panel.Segments = Math.Min(_segmentsPerPiece, s.R - r);
        panel.Count = count;
        // Positions run over the padded rows; p and q are those of the next tile's first.
        int positions = (rows - 1) * _paddedWidth + s.Q, p = 0, q = 0;

        // Rows of a dense layer's output follow each other at one stride, as those of its tiles do.
        bool toRows = last && _dense && valid == width && Epilogue.IsPlain;
        panel.Bias = Epilogue.Bias == null ? null : Epilogue.Bias + column;
        panel.Relu = Epilogue.Relu;
        panel.YRow = s.K;
        for (int position = 0; position < positions; position += Kernel.Rows)
        {
            if (last) Prefetch(y, Math.Min(Kernel.Rows, positions - position), p, q, column, width);
            if (toRows && positions - position >= Kernel.Rows)
            {
                panel.Y = y + (long)position * s.K + column;
                Kernel.RunToRows(&panel, width);
                (p, q) = Math.DivRem(position + Kernel.Rows, _paddedWidth);
            }
            else
            {
                Kernel.Run(&panel, width);
                if (last) Store(y, panel.C, Math.Min(Kernel.Rows, positions - position), ref p, ref q, column, width, valid);
            }
            panel.A += Kernel.Rows * panel.ARow;
            if (_waitingTiles > 0) panel.C += tileFloats;
        }
    }

    /// <summary>Has the rows of y, and of the activation that masks them, brought to the cache while the kernel computes their tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Prefetch(float* y, int positions, int p, int q, int column, int width)
    {
        if (!Sse.IsSupported) return;
        for (; positions > 0; positions--)
        {
            float* destination = y + ((long)p * Sizes.Q + q) * Sizes.K + column;
            for (int i = 0; i < width; i += 16)
            {
                Sse.Prefetch0(destination + i);
                if (Epilogue.Activation != null) Sse.Prefetch0(Epilogue.Activation + (destination + i - Y));
            }
            if (++q == _paddedWidth) (q, p) = (0, p + 1);
        }
    }

    /// <summary>Takes the positions of a tile that are output pixels through the epilogue into y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Store(float* y, float* tile, int positions, ref int p, ref int q, int column, int width, int valid)
    {
        for (; positions > 0; positions--, tile += width)
        {
            if (q < Sizes.Q)
            {
                float* destination = y + ((long)p * Sizes.Q + q) * Sizes.K + column;
                Epilogue.Apply(destination, tile, destination - Y, column, valid);
            }
            if (++q == _paddedWidth) (q, p) = (0, p + 1);
        }
    }

    /// <summary>A stride of an odd number of cache lines, at which the rows of a tile lie in different sets of the L1 cache.</summary>
    private static int OddLines(int floats) => (DivideUp(floats, Line) | 1) * Line;

    private static int DivideUp(int a, int b) => (a + b - 1) / b;

    private static long Aligned(long floats) => (floats + 63) / 64 * 64;
}
