using PixelNet.Native.Ptx.Execution;
using static PixelNet.Native.Course.Argument;

namespace PixelNet.Native.Course;

/// <summary>
/// The exercises in order, each with the launches it is checked by: sizes that fit its blocks, sizes that do not, and known answers, summed in double.
/// </summary>
public static partial class Exercises
{
    /// <summary>All of them; number n is at n - 1.</summary>
    public static IReadOnlyList<Exercise> All { get; } =
    [
        new("01_missing_guard", "scale", Scale),
        new("02_width_for_height", "grey", Grey),
        new("03_swapped_stride", "row_sums", RowSums),
        new("04_unguarded_tail_load", "chunk_sums", ChunkSums),
        new("05_misaligned_vector_load", "row_squares", RowSquares),
        new("06_read_before_write", "smooth", Smooth),
        new("07_missing_barrier", "matmul", MatMul),
        new("08_blocks_on_one_word", "column_sums", ColumnSums),
        new("09_divergent_barrier", "chunk_max", ChunkMax),
        new("10_missing_async_wait", "reverse_chunks", ReverseChunks),
        new("11_forgotten_atomics", "histogram", Histogram),
        new("12_wrong_lane_mask", "row_means", RowMeans),
        new("13_sum_from_nothing", "bias_gradient", BiasGradient),
        new("14_endless_search", "draw_class", DrawClass),
    ];

    private static IEnumerable<ExerciseCase> Scale(Random random)
    {
        foreach (int n in new[] { 256, 300, 1 })
        {
            float[] x = Floats(random, n);
            yield return new($"n = {n}", Blocks(n, 128), 128, new Output("y", [.. x.Select(v => 1.5 * v)]), In("x", x), Value("a", 1.5f), Value("n", n));
        }
    }

    private static IEnumerable<ExerciseCase> Grey(Random random)
    {
        foreach (var (h, w) in new[] { (32, 32), (9, 40), (40, 9) })
        {
            float[] rgb = Floats(random, h * w * 3);
            double[] y = [.. Enumerable.Range(0, h * w).Select(i => ((double)rgb[3 * i] + rgb[(3 * i) + 1] + rgb[(3 * i) + 2]) / 3)];
            yield return new($"H = {h}, W = {w}", new Dim3(Blocks(w, 32), Blocks(h, 4)), new Dim3(32, 4), new Output("y", y), In("rgb", rgb), Value("H", h), Value("W", w));
        }
    }

    private static IEnumerable<ExerciseCase> RowSums(Random random)
    {
        foreach (var (m, n, ld) in new[] { (24, 24, 24), (70, 20, 20), (20, 70, 80), (1, 5, 9) })
        {
            float[] x = Floats(random, m * ld);
            yield return new($"M = {m}, N = {n}, ld = {ld}", Blocks(m, 64), 64, new Output("y", Sums(m, n, (i, k) => x[(i * ld) + k])), In("x", x), Value("M", m), Value("N", n), Value("ld", ld));
        }
    }

    private static IEnumerable<ExerciseCase> ChunkSums(Random random)
    {
        foreach (int n in new[] { 256, 300, 127, 1 })
        {
            float[] x = Floats(random, n);
            yield return new($"n = {n}", Blocks(n, 128), 128, new Output("y", [.. x.Chunk(128).Select(c => c.Sum(v => (double)v))]), In("x", x), Value("n", n));
        }
    }

    private static IEnumerable<ExerciseCase> ChunkMax(Random random)
    {
        foreach (int n in new[] { 256, 300, 5 })
        {
            // All below 0: a 0 that is not in x shows.
            float[] x = [.. Floats(random, n).Select(v => v - 2)];
            yield return new($"n = {n}", Blocks(n, 128), 128, new Output("y", [.. x.Chunk(128).Select(c => (double)c.Max())]), In("x", x), Value("n", n));
        }
    }

    private static IEnumerable<ExerciseCase> RowSquares(Random random)
    {
        foreach (var (m, n) in new[] { (6, 256), (5, 132), (7, 131), (3, 3) })
        {
            float[] x = Floats(random, m * n);
            yield return new($"M = {m}, N = {n}", Blocks(m, 4), 128, new Output("y", Sums(m, n, (i, k) => (double)x[(i * n) + k] * x[(i * n) + k])), In("x", x), Value("M", m), Value("N", n));
        }
    }

    private static IEnumerable<ExerciseCase> RowMeans(Random random)
    {
        foreach (var (m, n) in new[] { (8, 64), (5, 100), (3, 7) })
        {
            float[] x = Floats(random, m * n);
            yield return new($"M = {m}, N = {n}", Blocks(m, 4), 128, new Output("y", [.. Sums(m, n, (i, k) => x[(i * n) + k]).Select(s => s / n)]), In("x", x), Value("M", m), Value("N", n));
        }
    }

    private static IEnumerable<ExerciseCase> Smooth(Random random)
    {
        foreach (int n in new[] { 192, 200, 65, 1 })
        {
            float[] x = Floats(random, n);
            double At(int i) => x[Math.Clamp(i, 0, n - 1)];
            yield return new($"n = {n}", Blocks(n, 64), 64, new Output("y", [.. Enumerable.Range(0, n).Select(i => (At(i - 1) + At(i) + At(i + 1)) / 3)]), In("x", x), Value("n", n));
        }
    }

    private static int Blocks(int items, int block) => (items + block - 1) / block;

    private static float[] Floats(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];

    private static double[] Sums(int rows, int terms, Func<int, int, double> term) => [.. Enumerable.Range(0, rows).Select(i => Enumerable.Range(0, terms).Sum(k => term(i, k)))];
}
