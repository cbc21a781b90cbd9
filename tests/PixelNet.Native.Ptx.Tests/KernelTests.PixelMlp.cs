using PixelNet.Native.Backends;
using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>The head: all layers, loss and gradients against double loops, which are the composition of Linear, Dropout and SoftmaxCrossEntropy.</summary>
public partial class KernelTests
{
    /// <summary>A head with random values and, by double loops, everything that its two passes give.</summary>
    private sealed class Head
    {
        public Head(int m, float dropout, bool weighted, params int[] widths)
        {
            (M, Dropout, Widths) = (m, dropout, widths);
            int layers = widths.Length - 1, l = widths[^1];
            X = Random(60, m * widths[0]);
            // Variance 2/In: values keep their size from layer to layer.
            W = [.. Enumerable.Range(0, layers).Select(i => Random(61 + i, widths[i] * widths[i + 1]).Select(v => v * MathF.Sqrt(6f / widths[i])).ToArray())];
            B = [.. Enumerable.Range(0, layers).Select(i => Random(71 + i, widths[i + 1]).Select(v => v / 2).ToArray())];
            DW = [.. Enumerable.Range(0, layers).Select(i => Random(81 + i, widths[i] * widths[i + 1]))];
            DB = [.. Enumerable.Range(0, layers).Select(i => Random(91 + i, widths[i + 1]))];
            Targets = KernelTests.Targets(101, m, l);
            ClassWeights = weighted ? [.. Random(102, l).Select(MathF.Abs)] : null;
            double[] input = [.. X.Select(v => (double)v)];
            for (int i = 0; i < layers; i++)
            {
                var output = new double[m * widths[i + 1]];
                for (int e = 0; e < output.Length; e++)
                {
                    int row = e / widths[i + 1], o = e % widths[i + 1];
                    double sum = B[i][o];
                    for (int k = 0; k < widths[i]; k++) sum += input[(row * widths[i]) + k] * W[i][(o * widths[i]) + k];
                    output[e] = i == layers - 1 ? sum : sum > 0 && !IsDropped(i, e) ? sum / (1 - (double)dropout) : 0;
                }
                Outputs.Add(input = output);
            }
            Truth = SoftmaxCrossEntropy(input, Targets, ClassWeights, m, l);
            Outputs[^1] = Truth.Probabilities;
            DOutputs = new double[layers][];
            DOutputs[^1] = Truth.DLogits;
            for (int i = layers - 1; i >= 0; i--)
            {
                int inputs = widths[i], outputs = widths[i + 1];
                double[] before = i > 0 ? Outputs[i - 1] : [.. X.Select(v => (double)v)], dz = DOutputs[i], dx = new double[m * inputs];
                double[] dw = [.. DW[i].Select(v => (double)v)], db = [.. DB[i].Select(v => (double)v)];
                for (int row = 0; row < m; row++)
                {
                    for (int o = 0; o < outputs; o++)
                    {
                        double g = dz[(row * outputs) + o];
                        db[o] += g;
                        for (int k = 0; k < inputs; k++)
                        {
                            dw[(o * inputs) + k] += g * before[(row * inputs) + k];
                            dx[(row * inputs) + k] += g * W[i][(o * inputs) + k];
                        }
                    }
                }
                if (i > 0) DOutputs[i - 1] = [.. dx.Select((v, e) => before[e] > 0 ? v / (1 - (double)dropout) : 0)];
                else DX = dx;
                NewDW.Insert(0, dw);
                NewDB.Insert(0, db);
            }
        }

        public int M { get; }

        public float Dropout { get; }

        public int[] Widths { get; }

        public int Layers => Widths.Length - 1;

        /// <summary>The widest output of a layer.</summary>
        public int Widest => Widths.Skip(1).Max();

        public float[] X { get; }

        public float[][] W { get; }

        public float[][] B { get; }

        public float[][] DW { get; }

        public float[][] DB { get; }

        public int[] Targets { get; }

        public float[]? ClassWeights { get; }

        public Classified Truth { get; }

        public List<double[]> Outputs { get; } = [];

        public double[][] DOutputs { get; }

        public double[] DX { get; } = [];

        public List<double[]> NewDW { get; } = [];

        public List<double[]> NewDB { get; } = [];

        /// <summary>The kernels' table of layers: sizes, then pointers; see kernels/pixel_mlp/layers.cuh.</summary>
        public byte[] Table(ulong x, ulong[] w, ulong[] b, ulong[] output, ulong[] dOutput, ulong dX, ulong[] dw, ulong[] db)
        {
            const int most = 16;
            var bytes = new List<byte>();
            void Int(int v) => bytes.AddRange(BitConverter.GetBytes(v));
            void Pointer(ulong v) => bytes.AddRange(BitConverter.GetBytes(v));
            void Pointers(ulong[] list)
            {
                for (int i = 0; i < most; i++) Pointer(i < list.Length ? list[i] : 0);
            }
            Int(M);
            Int(Layers);
            Int(Widest);
            for (int i = 0; i <= most; i++) Int(i <= Layers ? Widths[i] : 0);
            Int(unchecked((int)Philox.DropoutThreshold(Dropout)));
            Int(BitConverter.SingleToInt32Bits(1 - Dropout));
            while (bytes.Count % 8 != 0) bytes.Add(0);
            Pointer(x);
            Pointers(w);
            Pointers(b);
            Pointers(output);
            Pointers(dOutput);
            Pointer(dX);
            Pointers(dw);
            Pointers(db);
            return [.. bytes];
        }

        private bool IsDropped(int stream, int e)
        {
            if (Dropout == 0) return false;
            var words = Philox.Dropout(State.Seed, State.Step, stream, (ulong)e / 4);
            return (e % 4) switch { 0 => words.X0, 1 => words.X1, 2 => words.X2, _ => words.X3 } < Philox.DropoutThreshold(Dropout);
        }
    }

    private static List<LaunchReport> CheckHead(string[] stems, Head head, bool wantsDX, Action<Stage, byte[], ulong, ulong, ulong, ulong> passes, double limit = 5e-6)
    {
        var (got, reports) = RunStages(stems, s =>
        {
            ulong[] output = [.. head.Outputs.Select((o, i) => s.Output($"output{i}", o.Length))], dOutput = [.. head.DOutputs.Select((o, i) => s.Output($"dOutput{i}", o.Length))];
            ulong[] dw = [.. head.DW.Select((v, i) => s.Output($"dw{i}", v))], db = [.. head.DB.Select((v, i) => s.Output($"db{i}", v))];
            byte[] table = head.Table(s.Upload(head.X), [.. head.W.Select(w => s.Upload(w))], [.. head.B.Select(b => s.Upload(b))], output, dOutput,
                wantsDX ? s.Output("dX", head.X.Length) : 0, dw, db);
            passes(s, table, s.Output("loss", 3), s.Upload(head.Targets), head.ClassWeights is null ? 0 : s.Upload(head.ClassWeights), s.Upload(State));
        });
        for (int i = 0; i < head.Layers; i++)
        {
            Close(head.Outputs[i], got[$"output{i}"], limit);
            Close(head.DOutputs[i], got[$"dOutput{i}"], limit);
            Close(head.NewDW[i], got[$"dw{i}"], limit);
            Close(head.NewDB[i], got[$"db{i}"], limit);
        }
        for (int i = 0; i < 3; i++) Assert.True(Math.Abs(got["loss"][i] - head.Truth.Loss[i]) <= limit * head.Truth.Loss[i], $"loss {i} is {got["loss"][i]}, not {head.Truth.Loss[i]}");
        if (wantsDX) Close(head.DX, got["dX"], limit);
        return reports;
    }

    public static TheoryData<int, float, bool, bool, int[]> Heads => new()
    {
        { 37, 0, false, true, [29, 20, 17, 19] },
        { 46, 0.4f, true, true, [35, 33, 18, 11] },
        { 21, 0.25f, true, false, [12, 16, 9, 31, 5] },
        { 33, 0, true, true, [24, 21] },
        { 1, 0, false, true, [10, 8, 4] },
    };

    // What the tiles make interesting: every shape of tile, widths beside multiples of 4 and 16, more columns of x than a tile.
    public static TheoryData<int, float, bool, bool, int[]> WideHeads => new()
    {
        { 40, 0.5f, true, true, [300, 250, 100, 60, 19] },
        { 33, 0, false, true, [37, 256, 128, 21] },
        { 4, 0.3f, false, true, [1472, 64, 64, 19] },
    };

    [Theory]
    [MemberData(nameof(Heads))]
    public void PixelMlpNaive(int m, float dropout, bool weighted, bool wantsDX, int[] widths)
    {
        var head = new Head(m, dropout, weighted, widths);
        CheckHead(["pixel_mlp/1_naive"], head, wantsDX, (s, table, loss, targets, weights, state) =>
        {
            int blocks = (m + 31) / 32, elements = Enumerable.Range(0, head.Layers).Max(i => (widths[i] + 1) * widths[i + 1]);
            s.Launch("pixel_mlp_forward_v1", blocks, 32, 0, loss, table, targets, weights, state, s.Device.Allocate(12 * blocks), s.Upload(0u));
            s.Launch("pixel_mlp_backward_v1", blocks, 32, 0, table, loss, targets, weights);
            s.Launch("pixel_mlp_backward_weight_v1", new Dim3((elements + 63) / 64, head.Layers), 64, 0, table);
        });
    }

    [Theory]
    [MemberData(nameof(Heads))]
    [MemberData(nameof(WideHeads))]
    public void PixelMlpTiled(int m, float dropout, bool weighted, bool wantsDX, int[] widths)
    {
        var head = new Head(m, dropout, weighted, widths);
        int columns = head.Widest <= 32 ? 32 : head.Widest <= 64 ? 64 : head.Widest <= 128 ? 128 : 256, stride = ((head.Widest + 7) / 8 * 8) + 4;
        int blocks = (m + 31) / 32, tiles = Enumerable.Range(0, head.Layers).Sum(i => ((widths[i] + 63) / 64) * ((widths[i + 1] + 63) / 64));
        int parameters = Enumerable.Range(0, head.Layers).Sum(i => (((widths[i] * widths[i + 1]) + 3) / 4 * 4) + ((widths[i + 1] + 3) / 4 * 4));
        // dX passes through tiles of 256 columns.
        int forward = 4 * ((32 * (stride + 8)) + (8 * (columns + 4))), backward = 4 * ((32 * stride) + (8 * 260));
        // One split adds to dw itself, more pass through partial sums.
        int splits = m % 2 == 0 ? 1 : 3;
        var reports = CheckHead(["pixel_mlp/2_tiled", "pixel_mlp/2_weights"], head, wantsDX, (s, table, loss, targets, weights, state) =>
        {
            s.Launch("pixel_mlp_forward_v2", blocks, 256, forward, loss, table, targets, weights, state, s.Device.Allocate(12 * blocks), s.Upload(0u));
            s.Launch("pixel_mlp_backward_v2", blocks, 256, backward, table, loss, targets, weights);
            ulong partials = splits == 1 ? 0 : s.Device.Allocate(4L * splits * parameters);
            s.Launch("pixel_mlp_backward_weight_v2", new Dim3(tiles, splits), 256, 0, table, partials);
            if (splits > 1) s.Launch("pixel_mlp_backward_reduce_v2", new Dim3((parameters + 127) / 128, head.Layers), 128, 0, table, partials, splits);
        });
        // The products read and write shared memory without conflicts; 16-byte words are theirs alone.
        Assert.All(reports.SelectMany(r => r.Counters).Where(c => c.Opcode.Contains("shared.v4", StringComparison.Ordinal)), c => Assert.Equal(0, c.BankConflicts));
        // Rows of x and of each layer are whole sectors.
        if (widths[0] == 1472) Assert.InRange(SectorRatio(reports), 1, 1.1);
    }
}
