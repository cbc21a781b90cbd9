using PixelNet.Native.Sampling;

namespace PixelNet.Native.Data.Loading;

/// <summary>
/// Which image is the p-th of a run: every epoch is a fresh permutation of the list, so each image comes once before any comes again. Keeps
/// the permutation of the last epoch asked for; one instance a thread.
/// </summary>
internal sealed class EpochOrder(int count, ulong seed)
{
    private readonly int[] _order = new int[count];
    private long _epoch = -1;

    /// <summary>The image at position <paramref name="p"/>, from 0, counted over all epochs.</summary>
    public int this[long p]
    {
        get
        {
            long epoch = p / _order.Length;
            if (epoch != _epoch) Shuffle(epoch);
            return _order[p - epoch * _order.Length];
        }
    }

    // Fisher and Yates.
    private void Shuffle(long epoch)
    {
        var random = new PhiloxStream(seed, RandomPurpose.Shuffle, (uint)epoch, (uint)(epoch >> 32));
        for (int i = 0; i < _order.Length; i++) _order[i] = i;
        for (int i = _order.Length - 1; i > 0; i--)
        {
            int j = random.NextInt(i + 1);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }
        _epoch = epoch;
    }
}
