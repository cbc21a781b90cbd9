// Dense layer on rows: x [M,In], w [Out,In], b [Out], y [M,Out].
//
//   forward   y[m,o]   = dropout(relu?(b[o] + sum over i of x[m,i] * w[o,i]))                  element m*Out + o of the mask
//   backward  dw[o,i] += sum over m of dy[m,o] * x[m,i]          db[o] += sum over m of dy[m,o]
//             dx[m,i]  = sum over o of dy[m,o] * w[o,i];  where an activation is given: activation[m,i] > 0 ? that/(1 - inputDropout) : 0
//
// Derivation: Layers/Linear.cs. Fast twins: Cpu/CpuBackend.Linear.cs, kernels/linear/. Cases: Diagnostics/Cases/LinearCase.cs.
using System.Numerics;
using PixelNet.Native.Tensors;

namespace PixelNet.Native.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public OpMemoryRequest Describe(in LinearSizes sizes) => default;

    /// <inheritdoc/>
    public void LinearForward(Tensor y, Tensor x, Tensor w, Tensor? b, in LinearSizes sizes, in LinearEpilogue epilogue, Tensor? stepState, OpMemory memory)
    {
        if (IsDouble(y)) LinearForward<double>(y, x, w, b, sizes, epilogue, stepState);
        else LinearForward<float>(y, x, w, b, sizes, epilogue, stepState);
    }

    /// <inheritdoc/>
    public void LinearBackwardInput(Tensor dx, Tensor dy, Tensor w, Tensor? activation, float inputDropout, in LinearSizes sizes, OpMemory memory)
    {
        if (IsDouble(dx)) LinearBackwardInput<double>(dx, dy, w, activation, inputDropout, sizes);
        else LinearBackwardInput<float>(dx, dy, w, activation, inputDropout, sizes);
    }

    /// <inheritdoc/>
    public void LinearBackwardWeight(Tensor dw, Tensor? db, Tensor dy, Tensor x, in LinearSizes sizes, OpMemory memory)
    {
        if (IsDouble(dw)) LinearBackwardWeight<double>(dw, db, dy, x, sizes);
        else LinearBackwardWeight<float>(dw, db, dy, x, sizes);
    }

    private static void LinearForward<T>(Tensor output, Tensor input, Tensor weights, Tensor? bias, LinearSizes z, LinearEpilogue epilogue, Tensor? stepState)
        where T : unmanaged, IFloatingPoint<T>
    {
        var y = new View<T>(output, z.M, z.Out);
        var x = new View<T>(input, z.M, z.In);
        var w = new View<T>(weights, z.Out, z.In);
        var b = new View<T>(bias, z.Out);
        for (int m = 0; m < z.M; m++)
            for (int o = 0; o < z.Out; o++)
            {
                T sum = b.Exists ? b[o] : T.Zero;
                for (int i = 0; i < z.In; i++) sum += x[m, i] * w[o, i];
                y[m, o] = epilogue.Relu ? Relu(sum) : sum;
            }
        if (epilogue.Dropout > 0)
            DropoutForward<T>(output, output, epilogue.Dropout, epilogue.Stream, stepState ?? throw new ArgumentException("dropout needs the step state"));
    }

    private static void LinearBackwardInput<T>(Tensor inputGradient, Tensor outputGradient, Tensor weights, Tensor? mask, float inputDropout, LinearSizes z)
        where T : unmanaged, IFloatingPoint<T>
    {
        var dx = new View<T>(inputGradient, z.M, z.In);
        var dy = new View<T>(outputGradient, z.M, z.Out);
        var w = new View<T>(weights, z.Out, z.In);
        var activation = new View<T>(mask, z.M, z.In);
        T kept = Real<T>(1 - (double)inputDropout);
        for (int m = 0; m < z.M; m++)
            for (int i = 0; i < z.In; i++)
            {
                T sum = T.Zero;
                for (int o = 0; o < z.Out; o++) sum += dy[m, o] * w[o, i];
                dx[m, i] = !activation.Exists ? sum : activation[m, i] > T.Zero ? sum / kept : T.Zero;
            }
    }

    private static void LinearBackwardWeight<T>(Tensor weightGradient, Tensor? biasGradient, Tensor outputGradient, Tensor input, LinearSizes z)
        where T : unmanaged, INumber<T>
    {
        var dw = new View<T>(weightGradient, z.Out, z.In);
        var db = new View<T>(biasGradient, z.Out);
        var dy = new View<T>(outputGradient, z.M, z.Out);
        var x = new View<T>(input, z.M, z.In);
        for (int o = 0; o < z.Out; o++)
        {
            for (int i = 0; i < z.In; i++)
            {
                T sum = T.Zero;
                for (int m = 0; m < z.M; m++) sum += dy[m, o] * x[m, i];
                dw[o, i] += sum;
            }
            if (!db.Exists) continue;
            T total = T.Zero;
            for (int m = 0; m < z.M; m++) total += dy[m, o];
            db[o] += total;
        }
    }
}
