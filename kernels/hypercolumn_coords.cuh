// Where an image pixel lies on a map: the one coordinate rule, twin of src/PixelNet.Native/Backends/HypercolumnCoordinates.cs.
//
//   t = clamp((p + 0.5)/stride - 0.5, 0, size - 1); first = min(floor(t), max(size - 2, 0)), second = min(first + 1, size - 1), fraction = t - first
//
// In units of 1/(2 stride) t is the integer 2p + 1 - stride, so all but the last division is exact.
#pragma once

struct Corner { int first, second; float fraction; };

__device__ __forceinline__ Corner corner_of(int pixel, int stride, int size)
{
    int unit = 2 * stride, t = min(max(2 * pixel + 1 - stride, 0), (size - 1) * unit);
    Corner c;
    c.first = min(t / unit, max(size - 2, 0));
    c.second = min(c.first + 1, size - 1);
    c.fraction = float(t - c.first * unit) / float(unit);
    return c;
}
