using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Course;

/// <summary>One launch of an exercise's kernel.</summary>
/// <param name="Description">The size in words, e.g. <c>n = 300</c>.</param>
/// <param name="Grid">Blocks.</param>
/// <param name="Block">Threads of a block.</param>
/// <param name="Arguments">In the kernel's order; one is an <see cref="Output"/>.</param>
internal sealed record ExerciseCase(string Description, Dim3 Grid, Dim3 Block, params IReadOnlyList<Argument> Arguments);
