using PixelNet.Native.Data.Imaging;

namespace PixelNet.Native.Data.StreetScenes;

/// <summary>A synthetic street scene with its ground truth; all three of one size.</summary>
/// <param name="Image">The picture.</param>
/// <param name="LabelIds">Cityscapes ids 0..33.</param>
/// <param name="InstanceIds">id * 1000 + number for single instances, the plain id elsewhere.</param>
public sealed record StreetScene(RgbImage Image, LabelMap<byte> LabelIds, LabelMap<ushort> InstanceIds);
