using PixelNet.Native.Layers;

namespace PixelNet.Native.Model;

/// <summary>A block of the trunk: convolutions of one stride, the tap on the last, the pool to the next block.</summary>
/// <param name="Units">Its convolutions.</param>
/// <param name="Level">Index of the hypercolumn's level that taps the last unit's output; null = not tapped.</param>
/// <param name="Pool">The pool to the next block; null in the last.</param>
/// <param name="FirstLearning">The lowest unit that the backward pass has to reach; Units.Length where nothing here or below learns.</param>
public sealed record TrunkBlock(ConvUnit[] Units, int? Level, MaxPool2d? Pool, int FirstLearning)
{
    /// <summary>Whether anything here or below learns, so that the backward pass has to come here.</summary>
    public bool Learns => FirstLearning < Units.Length;
}
