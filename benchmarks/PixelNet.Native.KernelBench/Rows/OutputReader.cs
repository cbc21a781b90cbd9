using System.Runtime.InteropServices;
using PixelNet.Native.Cuda.Driver;
using PixelNet.Native.Cuda.Runtime;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.KernelBench.Rows;

/// <summary>Outputs of a call, in device memory, and what they should be, in the host's: read through pinned memory, looked at by all processors.</summary>
/// <param name="driver">The device.</param>
internal sealed unsafe class OutputReader(ICudaDriver driver) : IDisposable
{
    private const int ChunkBytes = 64 << 20, PieceBytes = 1 << 20, PieceFloats = 1 << 18;
    private readonly nint _pinned = driver.AllocateHost(ChunkBytes);

    /// <summary>All bytes of each output.</summary>
    /// <param name="outputs">Written in the stream.</param>
    /// <param name="stream">Waited for.</param>
    public byte[][] Read(IReadOnlyList<Tensor> outputs, nint stream) => [.. outputs.Select(output =>
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)output.ByteLength));
        ForEachPiece(output, stream, (piece, at) => piece.CopyTo(bytes.AsSpan(at)));
        return bytes;
    })];

    /// <summary>Whether each output holds those bytes.</summary>
    /// <param name="outputs">Written in the stream.</param>
    /// <param name="expected">As <see cref="Read"/> gave them.</param>
    /// <param name="stream">Waited for.</param>
    public bool Hold(IReadOnlyList<Tensor> outputs, byte[][] expected, nint stream)
    {
        int different = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            byte[] bytes = expected[i];
            ForEachPiece(outputs[i], stream, (piece, at) =>
            {
                if (!piece.SequenceEqual(bytes.AsSpan(at, piece.Length))) Interlocked.Increment(ref different);
            });
        }
        return different == 0;
    }

    /// <summary>Whether floats have one that is not a number.</summary>
    public static bool HasNaN(byte[] floats)
    {
        int found = 0;
        Parallel.For(0, Pieces(floats), piece =>
        {
            foreach (float value in Piece(floats, piece))
                if (float.IsNaN(value)) Interlocked.Increment(ref found);
        });
        return found > 0;
    }

    /// <summary>Distance of floats from others, relative to the norm of those.</summary>
    public static double Distance(byte[] actual, byte[] expected)
    {
        var sums = new (double Difference, double Norm)[Pieces(actual)];
        Parallel.For(0, sums.Length, piece =>
        {
            ReadOnlySpan<float> a = Piece(actual, piece), e = Piece(expected, piece);
            double difference = 0, norm = 0;
            for (int i = 0; i < a.Length; i++)
            {
                double d = (double)a[i] - e[i];
                difference += d * d;
                norm += (double)e[i] * e[i];
            }
            sums[piece] = (difference, norm);
        });
        double all = sums.Sum(sum => sum.Difference);
        return all == 0 ? 0 : Math.Sqrt(all / sums.Sum(sum => sum.Norm));
    }

    public void Dispose() => driver.FreeHost(_pinned);

    private void ForEachPiece(Tensor output, nint stream, Action<ReadOnlySpan<byte>, int> use)
    {
        ulong address = ((CudaBuffer)output.Buffer).DevicePointer + (ulong)output.ByteOffset;
        for (long start = 0; start < output.ByteLength; start += ChunkBytes)
        {
            int count = (int)Math.Min(ChunkBytes, output.ByteLength - start), first = (int)start;
            driver.CopyToHost(new Span<byte>((void*)_pinned, count), address + (ulong)start, stream);
            Parallel.For(0, (count + PieceBytes - 1) / PieceBytes, piece =>
            {
                int at = piece * PieceBytes;
                use(new ReadOnlySpan<byte>((byte*)_pinned + at, Math.Min(PieceBytes, count - at)), first + at);
            });
        }
    }

    private static int Pieces(byte[] floats) => (floats.Length / sizeof(float) + PieceFloats - 1) / PieceFloats;

    private static ReadOnlySpan<float> Piece(byte[] floats, int piece)
    {
        var all = MemoryMarshal.Cast<byte, float>(floats);
        return all[(piece * PieceFloats)..Math.Min(all.Length, (piece + 1) * PieceFloats)];
    }
}
