using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// The operands of one micro-kernel call: a tile of C that stays in registers while A and B stream by,
/// <c>C[i][j] (+)= sum over segments g and steps t of A[g*ASegment + t*AStep + i*ARow] * B[g*BSegment + t*BStep + j]</c>.
/// All strides are in floats. C is dense, [Rows][width].
/// </summary>
/// <remarks>
/// The free strides are what lets one kernel serve every product of the network: pixels against packed filters (AStep 1, ARow the
/// pixel stride, one segment per filter row) and, transposed, channels against pixels for weight gradients (AStep the pixel
/// stride, ARow 1, one segment per image row).
/// </remarks>
internal unsafe struct Panel
{
    public float* C;
    public float* A;
    public nint ARow, AStep, ASegment;
    public float* B;
    public nint BStep, BSegment;
    public int Segments, Count;
    public bool Accumulate;

    /// <summary>For <see cref="MicroKernel.RunToRows"/>: the first element of the rows, <see cref="YRow"/> apart, that take (C + sum) + Bias, rectified where asked.</summary>
    public float* Y, Bias;
    public nint YRow;
    public bool Relu;
}

/// <summary>
/// The inner loop of every matrix product and convolution, for the widest registers of this machine: a tile of
/// <see cref="Rows"/> x (2 or 1) registers. Chosen once, at run time: <see cref="BestLevel"/>.
/// </summary>
internal unsafe partial struct MicroKernel
{
    /// <summary>Rows of a tile.</summary>
    public int Rows;

    /// <summary>Floats of a register.</summary>
    public int Vector;

    private delegate*<Panel*, void> _wide, _narrow, _wideRows, _narrowRows;

    /// <summary>Columns of a wide tile: two registers.</summary>
    public readonly int Wide => 2 * Vector;

    /// <summary>All levels, the widest first.</summary>
    public static readonly string[] Levels = ["avx512", "avx2", "simd128", "scalar"];

    // Bits of EBX of CPUID leaf 7 (Intel SDM vol. 2A): AVX2; AVX-512 F, DQ, BW and VL.
    private const int FeatureLeaf = 7, Avx2Bit = 1 << 5, Avx512Bits = 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31;

    /// <summary>The level that this machine runs at full speed; of a build ahead of time, the one it was compiled for.</summary>
    public static string BestLevel =>
        Vector512.IsHardwareAccelerated ? "avx512"
        : Vector256.IsHardwareAccelerated ? "avx2"
        : Vector128.IsHardwareAccelerated ? "simd128"
        : "scalar";

    /// <summary>The level of what the processor says it has, whatever this program was compiled for.</summary>
    public static string ProcessorLevel
    {
        get
        {
            if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < FeatureLeaf) return BestLevel;
            int features = X86Base.CpuId(FeatureLeaf, 0).Ebx;
            return (features & Avx512Bits) == Avx512Bits ? "avx512" : (features & Avx2Bit) != 0 ? "avx2" : BestLevel;
        }
    }

    /// <summary>The kernel of a level. Any level runs on any machine (registers that it lacks are emulated, slowly).</summary>
    public static MicroKernel Of(string level) => level switch
    {
        "avx512" => Rows14Of<Vector512<float>, Simd512>(),
        "avx2" => Rows6Of<Vector256<float>, Simd256>(),
        "simd128" => AdvSimd.IsSupported ? Rows14Of<Vector128<float>, Simd128>() : Rows6Of<Vector128<float>, Simd128>(),
        "scalar" => Rows6Of<float, SimdScalar>(),
        _ => throw new ArgumentException($"no level '{level}'"),
    };

    /// <summary>Width of the panel that covers what is left of a row: two registers, or one where one suffices.</summary>
    public readonly int PanelWidth(int remaining) => remaining > Vector ? Wide : Vector;

    /// <summary>Number of panels that cover <paramref name="columns"/>.</summary>
    public readonly int PanelCount(int columns) => (columns + Wide - 1) / Wide;

    /// <summary>Columns of all panels together: <paramref name="columns"/> rounded up to whole registers.</summary>
    public readonly int PanelColumns(int columns) => (columns + Vector - 1) / Vector * Vector;

    /// <summary>Computes one tile of the given width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Run(Panel* panel, int width)
    {
        if (width == Wide) _wide(panel);
        else _narrow(panel);
    }

    /// <summary>Computes one tile of the given width, whose registers go through bias and ReLU to rows of a matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void RunToRows(Panel* panel, int width)
    {
        if (width == Wide) _wideRows(panel);
        else _narrowRows(panel);
    }

    private static MicroKernel Rows14Of<V, S>() where V : unmanaged where S : ISimd<V> =>
        new() { Rows = 14, Vector = Unsafe.SizeOf<V>() / sizeof(float), _wide = &Wide14<V, S, ToTile>, _narrow = &Narrow14<V, S, ToTile>, _wideRows = &Wide14<V, S, ToRows>, _narrowRows = &Narrow14<V, S, ToRows> };

    private static MicroKernel Rows6Of<V, S>() where V : unmanaged where S : ISimd<V> =>
        new() { Rows = 6, Vector = Unsafe.SizeOf<V>() / sizeof(float), _wide = &Wide6<V, S, ToTile>, _narrow = &Narrow6<V, S, ToTile>, _wideRows = &Wide6<V, S, ToRows>, _narrowRows = &Narrow6<V, S, ToRows> };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put2<V, S, O>(Panel* panel, int row, V a, V b) where V : unmanaged where S : ISimd<V> where O : ITileOutput
    {
        O.Put<V, S>(panel, row, 0, 2, a);
        O.Put<V, S>(panel, row, 1, 2, b);
    }

    /// <summary>Where the registers of a tile go when its sums are complete.</summary>
    private interface ITileOutput
    {
        /// <summary>Register <paramref name="index"/> of the <paramref name="count"/> of a row.</summary>
        static abstract void Put<V, S>(Panel* panel, int row, int index, int count, V value) where V : unmanaged where S : ISimd<V>;
    }

    /// <summary>To C.</summary>
    private readonly struct ToTile : ITileOutput
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Put<V, S>(Panel* panel, int row, int index, int count, V value) where V : unmanaged where S : ISimd<V>
        {
            float* c = panel->C + (row * count + index) * (sizeof(V) / sizeof(float));
            S.Store(c, panel->Accumulate ? S.Add(S.Load(c), value) : value);
        }
    }

    /// <summary>Through the epilogue to Y.</summary>
    private readonly struct ToRows : ITileOutput
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Put<V, S>(Panel* panel, int row, int index, int count, V value) where V : unmanaged where S : ISimd<V>
        {
            int floats = sizeof(V) / sizeof(float);
            if (panel->Accumulate) value = S.Add(S.Load(panel->C + (row * count + index) * floats), value);
            if (panel->Bias != null) value = S.Add(value, S.Load(panel->Bias + index * floats));
            if (panel->Relu) value = S.Rectify(value);
            S.Store(panel->Y + row * panel->YRow + index * floats, value);
        }
    }
}
