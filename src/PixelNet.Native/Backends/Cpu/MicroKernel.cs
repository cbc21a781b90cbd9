using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

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

    private delegate*<Panel*, void> _wide, _narrow;

    /// <summary>Columns of a wide tile: two registers.</summary>
    public readonly int Wide => 2 * Vector;

    /// <summary>All levels, the widest first.</summary>
    public static readonly string[] Levels = ["avx512", "avx2", "simd128", "scalar"];

    /// <summary>The level that this machine runs at full speed.</summary>
    public static string BestLevel =>
        Vector512.IsHardwareAccelerated ? "avx512"
        : Vector256.IsHardwareAccelerated ? "avx2"
        : Vector128.IsHardwareAccelerated ? "simd128"
        : "scalar";

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

    private static MicroKernel Rows14Of<V, S>() where V : unmanaged where S : ISimd<V> =>
        new() { Rows = 14, Vector = Unsafe.SizeOf<V>() / sizeof(float), _wide = &Wide14<V, S>, _narrow = &Narrow14<V, S> };

    private static MicroKernel Rows6Of<V, S>() where V : unmanaged where S : ISimd<V> =>
        new() { Rows = 6, Vector = Unsafe.SizeOf<V>() / sizeof(float), _wide = &Wide6<V, S>, _narrow = &Narrow6<V, S> };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put2<V, S>(float* c, int row, bool add, V a, V b) where V : unmanaged where S : ISimd<V>
    {
        Put1<V, S>(c, 2 * row, add, a);
        Put1<V, S>(c, 2 * row + 1, add, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put1<V, S>(float* c, int register, bool add, V a) where V : unmanaged where S : ISimd<V>
    {
        c += register * (sizeof(V) / sizeof(float));
        S.Store(c, add ? S.Add(S.Load(c), a) : a);
    }
}
