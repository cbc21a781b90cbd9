using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends;

/// <summary>
/// Which samples touch which cells of one map: the transpose of the bilinear gather, in compressed rows. It lets a cell sum
/// what it receives in a fixed order, without atomics. Capacities are fixed (at most min(4M, N*H*W) cells, exactly 4M entries
/// at most), the counts lie in the tensors. Built by <c>Sampling.CellListBuilder</c> beside the loader, not in the step.
/// </summary>
/// <param name="Counts">int32 [2]: number of touched cells, number of entries.</param>
/// <param name="Cells">int32 [capacity]: index (n*H + y)*W + x of each touched cell, ascending.</param>
/// <param name="Starts">int32 [capacity + 1]: first entry of each touched cell.</param>
/// <param name="Samples">int32 [4M]: the sample (row of dX) of each entry, ascending within a cell.</param>
/// <param name="Weights">Float [4M]: the bilinear weight of each entry, computed in double.</param>
public sealed record CellList(Tensor Counts, Tensor Cells, Tensor Starts, Tensor Samples, Tensor Weights);
