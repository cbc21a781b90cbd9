using PixelNet.Native.Backends;
using PixelNet.Native.Cuda.Kernels;
using PixelNet.Native.Cuda.Runtime;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Cuda;

// SgdMomentum (Caffe's form): V = momentum*V + lr*(g + decay*w); w -= V, all segments in one launch.
public sealed partial class CudaBackend
{
    // The optimisers' segments, which are fixed for a run: they go to the device when they are first seen, and stay where a captured step reads them.
    private readonly List<(ParameterSegment[] Segments, CudaDeviceVariable<ParameterSegment> Table)> _segmentTables = [];

    /// <inheritdoc/>
    public void SgdMomentumUpdate(Tensor w, Tensor velocity, Tensor g, IReadOnlyList<ParameterSegment> segments, in SgdMomentumOptions options, Tensor stepState)
    {
        var (table, longest, end) = SegmentTable(segments);
        Launch(SgdMomentumKernels.Update, (segments.Count, longest), Floats(w, end), Floats(velocity, end), Floats(g, end), table,
            options.Momentum, options.WeightDecay, State(stepState));
    }

    /// <summary>Device address of these segments, their longest length, and where the last one ends.</summary>
    private (ulong Table, long Longest, long End) SegmentTable(IReadOnlyList<ParameterSegment> segments)
    {
        long longest = 0, end = 0;
        foreach (var segment in segments) (longest, end) = (Math.Max(longest, segment.Count), Math.Max(end, segment.Offset + segment.Count));
        foreach (var (known, there) in _segmentTables)
            if (known.SequenceEqual(segments)) return (there.DevicePointer, longest, end);
        ParameterSegment[] copy = [.. segments];
        var table = new CudaDeviceVariable<ParameterSegment>(_context, copy.Length);
        table.CopyToDevice(copy, _stream);
        _segmentTables.Add((copy, table));
        return (table.DevicePointer, longest, end);
    }
}
