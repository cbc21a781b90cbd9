using System.Runtime.CompilerServices;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

/// <summary>
/// The elements of a dense row-major tensor, indexed as the formulas index them: x[n, h, w, c], w[o, i], b[k]. Every access is checked
/// against the extents, so that the reference itself cannot read or write outside.
/// </summary>
internal readonly unsafe struct View<T> where T : unmanaged
{
    private readonly T* _elements;
    private readonly int _d0, _d1, _d2, _d3;

    /// <summary>Extents [d0, d1, d2, d3], innermost last; fewer extents leave the outer ones 1.</summary>
    public View(Tensor? tensor, int d0, int d1, int d2, int d3)
    {
        (_d0, _d1, _d2, _d3) = (d0, d1, d2, d3);
        if (tensor is null) return;
        long count = (long)d0 * d1 * d2 * d3;
        if (tensor.Count < count)
            throw new ArgumentException($"tensor '{tensor.Name}' {tensor.Shape} has fewer than the {count} elements that the op's sizes ask for");
        _elements = tensor.Pointer<T>();
    }

    public View(Tensor? tensor, int d0, int d1, int d2) : this(tensor, 1, d0, d1, d2)
    {
    }

    public View(Tensor? tensor, int d0, int d1) : this(tensor, 1, 1, d0, d1)
    {
    }

    public View(Tensor? tensor, int d0) : this(tensor, 1, 1, 1, d0)
    {
    }

    /// <summary>Whether there is a tensor: optional arguments may be null.</summary>
    public bool Exists => _elements != null;

    public ref T this[int i] => ref this[0, 0, 0, i];

    public ref T this[int i, int j] => ref this[0, 0, i, j];

    public ref T this[int i, int j, int k] => ref this[0, i, j, k];

    public ref T this[int i, int j, int k, int l]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)i >= (uint)_d0 || (uint)j >= (uint)_d1 || (uint)k >= (uint)_d2 || (uint)l >= (uint)_d3) Throw();
            return ref _elements[(((long)i * _d1 + j) * _d2 + k) * _d3 + l];
        }
    }

    private static void Throw() => throw new InvalidOperationException("an index lies outside the extents that the op's sizes give");
}
