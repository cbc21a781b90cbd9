using PixelNet.Native.Ptx.Execution;
using static PixelNet.Native.Course.Argument;

namespace PixelNet.Native.Course;

public static partial class Exercises
{
    private static IEnumerable<ExerciseCase> MatMul(Random random)
    {
        foreach (var (m, n, k) in new[] { (32, 32, 32), (20, 35, 50), (1, 3, 17) })
        {
            float[] a = Floats(random, m * k), b = Floats(random, k * n);
            double[] c = Sums(m * n, k, (i, j) => (double)a[(i / n * k) + j] * b[(j * n) + (i % n)]);
            yield return new($"M = {m}, N = {n}, K = {k}", new Dim3(Blocks(n, 16), Blocks(m, 16)), new Dim3(16, 16), new Output("c", c), In("a", a), In("b", b), Value("M", m), Value("N", n), Value("K", k));
        }
    }

    private static IEnumerable<ExerciseCase> ColumnSums(Random random)
    {
        foreach (var (m, n) in new[] { (32, 64), (64, 64), (100, 70) })
        {
            float[] x = Floats(random, m * n);
            int chunks = Blocks(m, 32);
            double[] partial = Sums(chunks * n, 32, (i, j) => (i / n * 32) + j < m ? x[(((i / n * 32) + j) * n) + (i % n)] : 0);
            yield return new($"M = {m}, N = {n}", new Dim3(Blocks(n, 64), chunks), 64, new Output("partial", partial), In("x", x), Value("M", m), Value("N", n));
        }
    }

    private static IEnumerable<ExerciseCase> BiasGradient(Random random)
    {
        foreach (var (m, n) in new[] { (10, 64), (33, 70) })
        {
            float[] dy = Floats(random, m * n);
            yield return new($"M = {m}, N = {n}", Blocks(n, 64), 64, new Output("db", Sums(n, m, (i, j) => dy[(j * n) + i])), In("dy", dy), Value("M", m), Value("N", n));
        }
    }

    private static IEnumerable<ExerciseCase> ReverseChunks(Random random)
    {
        foreach (int n in new[] { 256, 768 })
        {
            float[] x = Floats(random, n);
            yield return new($"n = {n}", n / 256, 64, new Output("y", [.. x.Chunk(256).SelectMany(c => c.Reverse()).Select(v => (double)v)]), In("x", x), Value("n", n));
        }
    }

    private static IEnumerable<ExerciseCase> Histogram(Random random)
    {
        foreach (var (n, l) in new[] { (256, 19), (500, 3), (3, 2) })
        {
            int[] labels = [.. Enumerable.Range(0, n).Select(_ => random.Next(l))];
            double[] counts = [.. Enumerable.Range(0, l).Select(c => (double)labels.Count(label => label == c))];
            yield return new($"n = {n}, L = {l}", Blocks(n, 128), 128, new Output("counts", counts, IsInteger: true, StartsAtZero: true), In("labels", labels), Value("n", n));
        }
    }

    private static IEnumerable<ExerciseCase> DrawClass(Random random)
    {
        foreach (var (n, l) in new[] { (128, 19), (100, 2), (10, 1) })
        {
            float[] edges = [.. Enumerable.Range(1, l).Select(c => (float)c / l)];
            // Numbers on an edge too, which belong to the class above it.
            float[] u = [.. Enumerable.Range(0, n).Select(i => i % 10 == 0 && l > 1 ? edges[random.Next(l - 1)] : random.NextSingle() * 0.999f)];
            double[] y = [.. u.Select(v => (double)Array.FindIndex(edges, e => v < e))];
            yield return new($"n = {n}, L = {l}", Blocks(n, 64), 64, new Output("y", y, IsInteger: true), In("u", u), In("edges", edges), Value("n", n), Value("L", l));
        }
    }
}
