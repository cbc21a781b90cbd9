using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// Dropout: y = x/(1 - p) where the element's Philox word is at least p * 2^32, else 0; backward by the stored sign. Element-wise, so the
// cut into chunks does not matter; the arithmetic is that of the dense layers' Epilogue.
public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void DropoutForward(Tensor y, Tensor x, float dropout, int stream, Tensor stepState) =>
        RunDropout(y, x, DenseEpilogue(null, new LinearEpilogue(Relu: false, dropout, stream), stepState));

    /// <inheritdoc/>
    public void DropoutBackward(Tensor dx, Tensor dy, Tensor y, float dropout) =>
        RunDropout(dx, dy, new Epilogue { Activation = Floats(y, dx.Count), Scale = 1 / (1 - dropout) });

    private void RunDropout(Tensor destination, Tensor source, in Epilogue epilogue)
    {
        var job = new DropoutJob
        {
            Destination = Floats(destination, destination.Count),
            Source = Floats(source, destination.Count),
            Count = destination.Count,
            Chunks = Chunks(destination.Count, 1 << 13),
            Epilogue = epilogue,
        };
        _pool.Run(&DropoutJob.Run, &job, job.Chunks);
    }

    private struct DropoutJob
    {
        private const int Block = 1 << 20;

        public float* Destination, Source;
        public long Count;
        public int Chunks;
        public Epilogue Epilogue;

        public static void Run(void* arguments, int task, int worker)
        {
            var job = (DropoutJob*)arguments;
            long end = ChunkStart(job->Count, job->Chunks, task + 1);
            for (long start = ChunkStart(job->Count, job->Chunks, task); start < end; start += Block)
                job->Epilogue.Apply(job->Destination + start, job->Source + start, start, 0, (int)Math.Min(Block, end - start));
        }
    }
}
