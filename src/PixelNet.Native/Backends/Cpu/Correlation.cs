
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
/// panels [panel][r,s,c][width], 64-byte aligned. A depth beyond <see cref="MaxDepth"/> is cut, with the tiles kept in scratch between
/// the pieces, so that a panel's piece stays in the L2 cache.
/// </remarks>
internal unsafe struct Correlation
{
    private const int MaxDepth = 4096;
    private const int ScratchTarget = 192 * 1024 / sizeof(float);
    private const int MinTasks = 16;

    public Conv2dSizes Sizes;
    public MicroKernel Kernel;
    public float* X;
    public float* Packed;
    public float* Y;
    public float* Scratch;
    public Epilogue Epilogue;

    /// <summary>Output rows of a band, bands of an image, panels of a task, tasks of the whole product.</summary>
    public int BandRows, Bands, PanelsPerTask, PanelGroups, Tasks;

    /// <summary>Floats of scratch of one thread, and of all packed filters.</summary>
    public long ScratchFloats, PackedFloats;

    private int _pixelStride, _paddedWidth, _tiles, _segmentsPerPiece, _countPerPiece;
    private long _tileOffset;

    /// <summary>A dense layer x [M,In] w [Out,In] as a 1x1 convolution.</summary>
    public static Conv2dSizes DenseSizes(in LinearSizes sizes) => new(1, sizes.M, 1, sizes.In, sizes.Out, 1, 1, 0, 0);

    /// <summary>The input gradient as a correlation: dy [N,P,Q,K] with w' [C,R,S,K], padding R-1-PadH.</summary>
    public static Conv2dSizes InputGradientSizes(in Conv2dSizes s) => new(s.N, s.P, s.Q, s.K, s.C, s.R, s.S, s.R - 1 - s.PadH, s.S - 1 - s.PadW);

    /// <summary>Cuts the work, into bands of at most <paramref name="bandRows"/> rows. The result does not depend on how it is cut.</summary>
    public static Correlation Plan(in Conv2dSizes sizes, in MicroKernel kernel, int bandRows = int.MaxValue)
    {
        var plan = new Correlation { Sizes = sizes, Kernel = kernel };
        // 14 rows at a stride that is a multiple of 4 KiB would share one set of the L1 cache.
        plan._pixelStride = sizes.S == 1 && sizes.C % 256 == 0 ? sizes.C + 16 : sizes.C;
        plan._paddedWidth = sizes.W + 2 * sizes.PadW;
        long rowFloats = (long)plan._paddedWidth * plan._pixelStride;
        int rows = (int)Math.Clamp(ScratchTarget / rowFloats - (sizes.R - 1), 1, Math.Min(sizes.P, bandRows));
        if (plan._paddedWidth == 1 && rows < sizes.P) rows = Math.Max(rows / kernel.Rows, 1) * kernel.Rows;
        plan.Bands = (sizes.P + rows - 1) / rows;
        plan.BandRows = plan._paddedWidth == 1 ? rows : (sizes.P + plan.Bands - 1) / plan.Bands;
        plan.Bands = (sizes.P + plan.BandRows - 1) / plan.BandRows;

        int panels = kernel.PanelCount(sizes.K);
        int bandTasks = sizes.N * plan.Bands;
        plan.PanelGroups = Math.Clamp((MinTasks + bandTasks - 1) / bandTasks, 1, panels);
        plan.PanelsPerTask = (panels + plan.PanelGroups - 1) / plan.PanelGroups;
        plan.PanelGroups = (panels + plan.PanelsPerTask - 1) / plan.PanelsPerTask;
        plan.Tasks = bandTasks * plan.PanelGroups;

        int segment = sizes.S * sizes.C;
        int pieces = (segment + MaxDepth - 1) / MaxDepth;
        plan._countPerPiece = (segment + pieces - 1) / pieces;
        pieces = (sizes.R * plan._countPerPiece + MaxDepth - 1) / MaxDepth;
        plan._segmentsPerPiece = (sizes.R + pieces - 1) / pieces;

        int positions = (plan.BandRows - 1) * plan._paddedWidth + sizes.Q;
        plan._tiles = (positions + kernel.Rows - 1) / kernel.Rows;
        // The last tile and its filter window may reach beyond the band.
        long slack = (long)(kernel.Rows + sizes.S) * plan._pixelStride;
        plan._tileOffset = Aligned((plan.BandRows + sizes.R - 1) * rowFloats + slack);
        plan.ScratchFloats = plan._tileOffset + (long)plan._tiles * kernel.Rows * kernel.Wide;
        plan.PackedFloats = Aligned((long)kernel.PanelColumns(sizes.K) * sizes.R * segment);
        return plan;
    }

    /// <summary>Task function: band and panel group <paramref name="task"/> of the <see cref="Correlation"/> at <paramref name="arguments"/>.</summary>
    public static void Run(void* arguments, int task, int worker)
    {
        var plan = (Correlation*)arguments;
        int band = task / plan->PanelGroups, group = task % plan->PanelGroups;
        int image = band / plan->Bands, firstRow = band % plan->Bands * plan->BandRows;
        plan->Band(image, firstRow, Math.Min(plan->BandRows, plan->Sizes.P - firstRow),
            group * plan->PanelsPerTask, plan->PanelsPerTask, plan->Scratch + worker * plan->ScratchFloats);
    }

    /// <summary>Computes some panels of some output rows of one image.</summary>
    public void Band(int image, int firstRow, int rows, int firstPanel, int panels, float* scratch)
    {
        var s = Sizes;
        PaddedRows.Copy(scratch, X + (long)image * s.H * s.W * s.C, firstRow - s.PadH, rows + s.R - 1, s.H, s.W, s.C, s.PadW, _pixelStride);
        int positions = (rows - 1) * _paddedWidth + s.Q;
        int tiles = (positions + Kernel.Rows - 1) / Kernel.Rows;
        int segment = s.S * s.C, depth = s.R * segment;
        float* tileScratch = scratch + _tileOffset;
        float* y = Y + ((long)image * s.P + firstRow) * s.Q * s.K;
        Panel panel;
        panel.ARow = _pixelStride;
        panel.AStep = 1;
        panel.ASegment = (nint)_paddedWidth * _pixelStride;
        for (int p = firstPanel; p < firstPanel + panels && p < Kernel.PanelCount(s.K); p++)
        {
            int column = p * Kernel.Wide;
            int width = Kernel.PanelWidth(s.K - column);
            float* packed = Packed + (long)column * depth;
            panel.BStep = width;
            panel.BSegment = (nint)segment * width;
            for (int r = 0; r < s.R; r += _segmentsPerPiece)
                for (int t = 0; t < segment; t += _countPerPiece)
                {
                    bool last = r + _segmentsPerPiece >= s.R && t + _countPerPiece >= segment;
                    panel.Accumulate = r > 0 || t > 0;
                    panel.Segments = Math.Min(_segmentsPerPiece, s.R - r);
                    panel.Count = Math.Min(_countPerPiece, segment - t);
                    panel.B = packed + ((long)r * segment + t) * width;
                    for (int tile = 0; tile < tiles; tile++)
                    {
                        panel.C = tileScratch + (long)tile * Kernel.Rows * Kernel.Wide;
                        panel.A = scratch + r * panel.ASegment + (long)tile * Kernel.Rows * _pixelStride + t;
                        Kernel.Run(&panel, width);
                        if (last) Store(y, panel.C, tile * Kernel.Rows, positions, column, width);
                    }
                }
        }
    }

    /// <summary>Takes the positions of a tile that are output pixels through the epilogue into y.</summary>
    private void Store(float* y, float* tile, int position, int positions, int column, int width)
    {
        int q = position % _paddedWidth, p = position / _paddedWidth;
        int end = Math.Min(position + Kernel.Rows, positions), valid = Math.Min(width, Sizes.K - column);
        for (; position < end; position++, tile += width)
        {
            if (q < Sizes.Q)
            {
                float* destination = y + ((long)p * Sizes.Q + q) * Sizes.K + column;
                Epilogue.Apply(destination, tile, destination - Y, column, valid);
            }
            if (++q == _paddedWidth) (q, p) = (0, p + 1);
        }
    }

    private static long Aligned(long floats) => (floats + 63) / 64 * 64;
}
