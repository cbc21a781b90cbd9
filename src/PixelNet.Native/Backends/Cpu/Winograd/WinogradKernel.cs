using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// The two-dimensional transforms of one tile size at one register width: <see cref="IWinogradTile"/> down the columns of a tile into temp, then
/// along its rows. A tile has (m+2)^2 positions in row-major order; what belongs to one position lies positionStep floats behind the one before.
/// The lanes are channels. Where the last register would reach beyond them it starts earlier and computes some channels twice, so there are at
/// least as many channels as lanes.
/// </summary>
internal unsafe struct WinogradKernel
{
    /// <summary>m: outputs along a side of a tile.</summary>
    public int Outputs;

    /// <summary>Floats of a register.</summary>
    public int Vector;

    /// <summary>Inputs [m+2][m+2] at (rowStep, columnStep), channels -> positions: (from, rowStep, columnStep, to, positionStep, channels, temp).</summary>
    public delegate*<float*, nint, nint, float*, nint, int, float*, void> Input;

    /// <summary>Positions, width channels -> outputs [m][m][width]: (from, positionStep, to, width, temp).</summary>
    public delegate*<float*, nint, float*, int, float*, void> Output;

    /// <summary>Gradients of outputs [m][m] at (rowStep, columnStep) -> positions: as <see cref="Input"/>.</summary>
    public delegate*<float*, nint, nint, float*, nint, int, float*, void> OutputGradient;

    /// <summary>Filter [3][3] at (rowStep, columnStep), one register of channels -> positions: (from, rowStep, columnStep, to, positionStep, temp).</summary>
    public delegate*<float*, nint, nint, float*, nint, float*, void> Filter;

    /// <summary>Positions, one register of channels -> gradient of the filter [3][3][register]: (from, positionStep, to, temp).</summary>
    public delegate*<float*, nint, float*, float*, void> FilterGradient;

    /// <summary>m+2.</summary>
    public readonly int Side => Outputs + 2;

    /// <summary>(m+2)^2: products of a tile.</summary>
    public readonly int Positions => Side * Side;

    /// <summary>Floats of temp.</summary>
    public readonly int TempFloats => Positions * Vector;

    /// <summary>The kernel for <paramref name="outputs"/> = 4 or 2 at a level of <see cref="MicroKernel.Levels"/>.</summary>
    public static WinogradKernel Of(string level, int outputs) => level switch
    {
        "avx512" => Of<Vector512<float>, Simd512>(outputs),
        "avx2" => Of<Vector256<float>, Simd256>(outputs),
        "simd128" => Of<Vector128<float>, Simd128>(outputs),
        "scalar" => Of<float, SimdScalar>(outputs),
        _ => throw new ArgumentException($"no level '{level}'"),
    };

    private static WinogradKernel Of<V, S>(int outputs) where V : unmanaged where S : ISimd<V> =>
        outputs == 4 ? Of<WinogradTile4, V, S>() : Of<WinogradTile2, V, S>();

    private static WinogradKernel Of<T, V, S>() where T : IWinogradTile where V : unmanaged where S : ISimd<V> => new()
    {
        Outputs = T.Outputs,
        Vector = Unsafe.SizeOf<V>() / sizeof(float),
        Input = &InputOf<T, V, S>,
        Output = &OutputOf<T, V, S>,
        OutputGradient = &OutputGradientOf<T, V, S>,
        Filter = &FilterOf<T, V, S>,
        FilterGradient = &FilterGradientOf<T, V, S>,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InputOf<T, V, S>(float* from, nint rowStep, nint columnStep, float* to, nint positionStep, int channels, float* temp)
        where T : IWinogradTile where V : unmanaged where S : ISimd<V>
    {
        int v = sizeof(V) / sizeof(float), side = T.Outputs + 2;
        for (int c = 0; ; c = Math.Min(c + v, channels - v))
        {
            for (int j = 0; j < side; j++) T.Input<V, S>(from + c + j * columnStep, rowStep, temp + j * v, side * v);
            for (int i = 0; i < side; i++) T.Input<V, S>(temp + i * side * v, v, to + c + i * side * positionStep, positionStep);
            if (c + v >= channels) return;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OutputOf<T, V, S>(float* from, nint positionStep, float* to, int width, float* temp)
        where T : IWinogradTile where V : unmanaged where S : ISimd<V>
    {
        int v = sizeof(V) / sizeof(float), outputs = T.Outputs, side = outputs + 2;
        for (int c = 0; c < width; c += v)
        {
            for (int j = 0; j < side; j++) T.Output<V, S>(from + c + j * positionStep, side * positionStep, temp + j * v, side * v);
            for (int i = 0; i < outputs; i++) T.Output<V, S>(temp + i * side * v, v, to + i * outputs * width + c, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OutputGradientOf<T, V, S>(float* from, nint rowStep, nint columnStep, float* to, nint positionStep, int channels, float* temp)
        where T : IWinogradTile where V : unmanaged where S : ISimd<V>
    {
        int v = sizeof(V) / sizeof(float), outputs = T.Outputs, side = outputs + 2;
        for (int c = 0; ; c = Math.Min(c + v, channels - v))
        {
            for (int j = 0; j < outputs; j++) T.OutputGradient<V, S>(from + c + j * columnStep, rowStep, temp + j * v, outputs * v);
            for (int i = 0; i < side; i++) T.OutputGradient<V, S>(temp + i * outputs * v, v, to + c + i * side * positionStep, positionStep);
            if (c + v >= channels) return;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FilterOf<T, V, S>(float* from, nint rowStep, nint columnStep, float* to, nint positionStep, float* temp)
        where T : IWinogradTile where V : unmanaged where S : ISimd<V>
    {
        int v = sizeof(V) / sizeof(float), side = T.Outputs + 2;
        for (int j = 0; j < 3; j++) T.Filter<V, S>(from + j * columnStep, rowStep, temp + j * v, 3 * v);
        for (int i = 0; i < side; i++) T.Filter<V, S>(temp + i * 3 * v, v, to + i * side * positionStep, positionStep);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FilterGradientOf<T, V, S>(float* from, nint positionStep, float* to, float* temp)
        where T : IWinogradTile where V : unmanaged where S : ISimd<V>
    {
        int v = sizeof(V) / sizeof(float), side = T.Outputs + 2;
        for (int j = 0; j < side; j++) T.FilterGradient<V, S>(from + j * positionStep, side * positionStep, temp + j * v, side * v);
        for (int i = 0; i < 3; i++) T.FilterGradient<V, S>(temp + i * side * v, v, to + i * 3 * v, v);
    }
}
