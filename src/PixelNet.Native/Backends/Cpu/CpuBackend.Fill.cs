using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// Fill: every element becomes one value.
public sealed unsafe partial class CpuBackend
{
    private const long FillChunk = 1 << 16;

    /// <inheritdoc/>
    public void Fill(Tensor destination, double value)
    {
        long count = destination.Count;
        switch (destination.Type)
        {
            case ElementType.Float32:
                var job = new FillJob { Destination = Floats(destination, count), Count = count, Chunks = Chunks(count, FillChunk), Value = (float)value };
                _pool.Run(&FillJob.Run, &job, job.Chunks);
                break;
            case ElementType.Int32:
                destination.Span<int>().Fill((int)value);
                break;
            case ElementType.UInt8:
                destination.Span<byte>().Fill((byte)value);
                break;
            default:
                throw new ArgumentException($"the cpu backend has no {destination.Type} ('{destination.Name}')");
        }
    }

    private struct FillJob
    {
        public float* Destination;
        public long Count;
        public int Chunks;
        public float Value;

        public static void Run(void* arguments, int task, int worker)
        {
            var job = (FillJob*)arguments;
            long start = ChunkStart(job->Count, job->Chunks, task), end = ChunkStart(job->Count, job->Chunks, task + 1);
            for (; start < end; start += int.MaxValue)
                new Span<float>(job->Destination + start, (int)Math.Min(end - start, int.MaxValue)).Fill(job->Value);
        }
    }
}
