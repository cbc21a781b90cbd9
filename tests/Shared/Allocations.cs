namespace PixelNet.Native.Testing;

/// <summary>What a piece of work allocates on the managed heap.</summary>
internal static class Allocations
{
    /// <summary>
    /// Bytes that one round of <paramref name="work"/> allocates on this thread: the least of several. Code that allocates does so in every round; what
    /// the runtime adds in some (a collection started elsewhere gives the thread a new, half-used buffer of 8 KB; a method is compiled anew) it does
    /// not do in all.
    /// </summary>
    /// <param name="work">A round; it gets the round's number, from 0.</param>
    /// <param name="rounds">Their number.</param>
    public static long OfARound(Action<int> work, int rounds = 8)
    {
        work(0);
        long least = long.MaxValue;
        for (int round = 1; round <= rounds && least > 0; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work(round);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }
}
