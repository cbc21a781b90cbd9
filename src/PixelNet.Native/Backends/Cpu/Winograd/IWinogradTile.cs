namespace PixelNet.Native.Backends.Cpu;

/// <summary>
/// The one-dimensional transforms of F(m,3), m outputs from m+2 inputs by m+2 products (Winograd 1980; Lavin and Gray, Fast Algorithms for
/// Convolutional Neural Networks, 2016): y = A^T [(G g) (B^T d)]. In two dimensions each is applied to the columns and then to the rows. Steps
/// are in floats; a transform reads all it needs before it writes, so source and destination may be the same.
/// </summary>
internal unsafe interface IWinogradTile
{
    /// <summary>m: outputs along a side.</summary>
    static abstract int Outputs { get; }

    /// <summary>B^T: m+2 inputs to m+2 products.</summary>
    static abstract void Input<V, S>(float* from, nint fromStep, float* to, nint toStep) where V : unmanaged where S : ISimd<V>;

    /// <summary>A^T: m+2 products to m outputs.</summary>
    static abstract void Output<V, S>(float* from, nint fromStep, float* to, nint toStep) where V : unmanaged where S : ISimd<V>;

    /// <summary>G: 3 filter values to m+2.</summary>
    static abstract void Filter<V, S>(float* from, nint fromStep, float* to, nint toStep) where V : unmanaged where S : ISimd<V>;

    /// <summary>A, the gradient of <see cref="Output{V, S}"/>: m to m+2.</summary>
    static abstract void OutputGradient<V, S>(float* from, nint fromStep, float* to, nint toStep) where V : unmanaged where S : ISimd<V>;

    /// <summary>G^T, the gradient of <see cref="Filter{V, S}"/>: m+2 to 3.</summary>
    static abstract void FilterGradient<V, S>(float* from, nint fromStep, float* to, nint toStep) where V : unmanaged where S : ISimd<V>;
}
