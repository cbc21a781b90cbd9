using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Cpu;

// PixelMlp: the head in one call. A task takes a chunk of rows through all layers and the loss, so that their activations stay in the
// cache; the backward task takes the chunk back from dLogits to dX. The weight gradients, sums over all rows, follow layer by layer.
// Same drivers and epilogues as Linear, same softmax as SoftmaxCrossEntropy.
public sealed unsafe partial class CpuBackend
{
    private const int MaxLayers = 16;
    private const int ChunkTiles = 8;

    private int HeadChunkRows => ChunkTiles * _kernel.Rows;

    /// <inheritdoc/>
    public OpMemoryRequest Describe(PixelMlpSizes sizes)
    {
        int layers = LayersOf(sizes);
        var plans = stackalloc Correlation[layers];
        long forward = PlanHead(plans, sizes, flip: false, out _, out long packedFloats), bytes = Math.Max(forward, PlanHead(plans, sizes, flip: true, out _, out _));
        for (int i = 0; i < layers; i++)
            bytes = Math.Max(bytes, WeightWorkspaceBytes(Correlation.DenseSizes(sizes.Layer(i))));
        return new(bytes, 0, forward, packedFloats * sizeof(float));
    }

    /// <inheritdoc/>
    public void PixelMlpForward(Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w, IReadOnlyList<Tensor> b,
        Tensor targets, Tensor? classWeights, PixelMlpSizes sizes, float dropout, Tensor stepState, OpMemory memory)
    {
        int layers = LayersOf(sizes);
        var plans = stackalloc Correlation[layers];
        byte* workspace = Workspace(memory, PlanHead(plans, sizes, flip: false, out long scratchFloats, out long packedFloats));
        var job = HeadJobOf(plans, sizes, scratchFloats, ref workspace);
        float* input = Floats(x, (long)sizes.M * sizes.D);
        bool keep = KeepsPacked(memory, packedFloats), pack = !keep || memory.DerivedVersion != _parameterVersion;
        byte* packed = keep ? Bytes(memory.Derived!) : workspace;
        for (int i = 0; i < layers; i++)
        {
            bool last = i == layers - 1;
            var layer = sizes.Layer(i);
            plans[i].X = input;
            plans[i].Y = input = Floats(last ? probabilities : hidden[i], (long)sizes.M * layer.Out);
            plans[i].Epilogue = DenseEpilogue(Floats(b[i], layer.Out), new LinearEpilogue(!last, last ? 0 : dropout, i), stepState);
            PackHead(ref plans[i], w[i], layer, flip: false, pack, ref packed);
        }
        if (keep) memory.DerivedVersion = _parameterVersion;
        else workspace = packed;
        job.Softmax = SoftmaxOf(probabilities, targets, classWeights, new(sizes.M, sizes.L));
        job.Softmax.Logits = job.Softmax.Probabilities;
        job.Scratch = (float*)workspace;
        _pool.Run(&HeadJob.RunForward, &job, job.Chunks);
        WriteLoss(Floats(loss, 3), job.Partials, job.Chunks);
    }

    /// <inheritdoc/>
    public void PixelMlpBackward(Tensor? dX, IReadOnlyList<Tensor> dw, IReadOnlyList<Tensor> db, IReadOnlyList<Tensor> dHidden, Tensor dLogits,
        Tensor loss, Tensor probabilities, IReadOnlyList<Tensor> hidden, Tensor x, IReadOnlyList<Tensor> w,
        Tensor targets, Tensor? classWeights, PixelMlpSizes sizes, float dropout, OpMemory memory)
    {
        int layers = LayersOf(sizes);
        var plans = stackalloc Correlation[layers];
        byte* workspace = Workspace(memory, PlanHead(plans, sizes, flip: true, out long scratchFloats, out _));
        var job = HeadJobOf(plans, sizes, scratchFloats, ref workspace);
        job.FirstLayer = dX is null ? 1 : 0;
        for (int i = job.FirstLayer; i < layers; i++)
        {
            var layer = sizes.Layer(i);
            plans[i].X = Floats(i == layers - 1 ? dLogits : dHidden[i], (long)sizes.M * layer.Out);
            plans[i].Y = Floats(i == 0 ? dX! : dHidden[i - 1], (long)sizes.M * layer.In);
            plans[i].Epilogue = i == 0 ? default : new Epilogue { Activation = Floats(hidden[i - 1], (long)sizes.M * layer.In), Scale = 1 / (1 - dropout) };
            PackHead(ref plans[i], w[i], layer, flip: true, pack: true, ref workspace);
        }
        job.Softmax = SoftmaxOf(probabilities, targets, classWeights, new(sizes.M, sizes.L));
        job.Softmax.DLogits = Floats(dLogits, (long)sizes.M * sizes.L);
        job.Softmax.WeightSum = Floats(loss, 3)[1];
        job.Scratch = (float*)workspace;
        _pool.Run(&HeadJob.RunBackward, &job, job.Chunks);
        for (int i = 0; i < layers; i++)
            LinearBackwardWeight(dw[i], db[i], i == layers - 1 ? dLogits : dHidden[i], i == 0 ? x : hidden[i - 1], sizes.Layer(i), memory);
    }

    private static int LayersOf(PixelMlpSizes sizes) => sizes.Hidden.Count < MaxLayers
        ? sizes.Hidden.Count + 1
        : throw new PixelNetException($"the head has {sizes.Hidden.Count} hidden layers; the cpu backend takes at most {MaxLayers - 1}");

    /// <summary>Plans every layer in chunks of rows; returns the bytes of loss sums, packed weights and scratch.</summary>
    private long PlanHead(Correlation* plans, PixelMlpSizes sizes, bool flip, out long scratchFloats, out long packedFloats)
    {
        scratchFloats = packedFloats = 0;
        for (int i = 0; i < LayersOf(sizes); i++)
        {
            var layer = Correlation.DenseSizes(sizes.Layer(i));
            plans[i] = Correlation.Plan(flip ? Correlation.InputGradientSizes(layer) : layer, _kernel, HeadChunkRows);
            scratchFloats = Math.Max(scratchFloats, plans[i].ScratchFloats);
            packedFloats += plans[i].PackedFloats;
        }
        return HeadPartialBytes(sizes) + (packedFloats + _pool.Threads * scratchFloats) * sizeof(float);
    }

    private HeadJob HeadJobOf(Correlation* plans, PixelMlpSizes sizes, long scratchFloats, ref byte* workspace)
    {
        var job = new HeadJob
        {
            Layers = plans,
            LayerCount = LayersOf(sizes),
            M = sizes.M,
            ChunkRows = HeadChunkRows,
            Chunks = (sizes.M + HeadChunkRows - 1) / HeadChunkRows,
            ScratchFloats = scratchFloats,
            Partials = (SoftmaxPartial*)workspace,
        };
        workspace += HeadPartialBytes(sizes);
        return job;
    }

    private void PackHead(ref Correlation plan, Tensor w, in LinearSizes layer, bool flip, bool pack, ref byte* packed)
    {
        plan.Packed = (float*)packed;
        if (pack) Pack(plan.Packed, Floats(w, (long)layer.In * layer.Out), Correlation.DenseSizes(layer), flip);
        packed += plan.PackedFloats * sizeof(float);
    }

    private long HeadPartialBytes(PixelMlpSizes sizes)
    {
        long bytes = (sizes.M + HeadChunkRows - 1L) / HeadChunkRows * sizeof(SoftmaxPartial);
        return (bytes + CacheLine - 1) / CacheLine * CacheLine;
    }

    private struct HeadJob
    {
        public Correlation* Layers;
        public int LayerCount, FirstLayer, M, ChunkRows, Chunks;
        public long ScratchFloats;
        public float* Scratch;
        public SoftmaxPartial* Partials;
        public SoftmaxJob Softmax;

        public static void RunForward(void* arguments, int task, int worker)
        {
            var job = (HeadJob*)arguments;
            int start = task * job->ChunkRows, rows = Math.Min(job->ChunkRows, job->M - start);
            for (int i = 0; i < job->LayerCount; i++) job->Layer(i, start, rows, worker);
            job->Softmax.Forward(start, start + rows, out job->Partials[task]);
        }

        public static void RunBackward(void* arguments, int task, int worker)
        {
            var job = (HeadJob*)arguments;
            int start = task * job->ChunkRows, rows = Math.Min(job->ChunkRows, job->M - start);
            job->Softmax.Backward(start, start + rows);
            for (int i = job->LayerCount - 1; i >= job->FirstLayer; i--) job->Layer(i, start, rows, worker);
        }

        private readonly void Layer(int i, int start, int rows, int worker)
        {
            // A wide layer's own band may be shorter than the chunk.
            var layer = Layers + i;
            for (int row = start; row < start + rows; row += layer->BandRows)
                layer->AllPanels(0, row, Math.Min(layer->BandRows, start + rows - row), Scratch + worker * ScratchFloats);
        }
    }
}
