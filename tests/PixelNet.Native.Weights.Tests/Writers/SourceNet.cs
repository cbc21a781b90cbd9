namespace PixelNet.Native.Weights.Tests.Writers;

/// <summary>A VGG16 of any channel numbers, in the names and axes of each family of files. Numbers are random bits, NaN and infinities included where asked for.</summary>
internal sealed class SourceNet
{
    private static readonly int[] Depths = [2, 2, 3, 3, 3];

    /// <param name="seed">What the numbers are a function of.</param>
    /// <param name="channels">Of the five blocks.</param>
    /// <param name="dense">Of fc6, fc7 and fc8; none = without top.</param>
    /// <param name="batchNorm">With batch normalisation.</param>
    /// <param name="bits">Significant bits of the numbers: 32 = any float's bits, 8 = what bfloat16 and float16 hold exactly.</param>
    public SourceNet(int seed, int[] channels, int[]? dense = null, bool batchNorm = false, int bits = 32)
    {
        var random = new Random(seed);
        int inputs = 3;
        for (int b = 0; b < 5; b++)
        {
            for (int i = 1; i <= Depths[b]; i++)
            {
                string number = $"{b + 1}_{i}";
                Layers.Add((Name: $"conv{number}", channels[b], inputs, 3, Draw(channels[b] * inputs * 9), Draw(channels[b])));
                if (batchNorm) Norms.Add($"conv{number}", [Draw(channels[b]), Draw(channels[b]), Draw(channels[b]), Draw(channels[b])]);
                inputs = channels[b];
            }
        }
        if (dense is null) return;
        for (int i = 0; i < 3; i++)
        {
            int size = i == 0 ? 7 : 1;
            Layers.Add(($"fc{6 + i}", dense[i], inputs, size, Draw(dense[i] * inputs * size * size), Draw(dense[i])));
            inputs = dense[i];
        }

        float[] Draw(int count)
        {
            var values = new float[count];
            for (int i = 0; i < count; i++) values[i] = bits == 32 ? BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)) : random.Next(-255, 256) / 64f;
            return values;
        }
    }

    /// <summary>Layers: name, outputs, inputs, rows and columns of a filter, filters [K,C,R,S], biases [K].</summary>
    public List<(string Name, int K, int C, int Size, float[] Weight, float[] Bias)> Layers { get; } = [];

    /// <summary>Of a convolution: scale, shift, mean, variance.</summary>
    public Dictionary<string, float[][]> Norms { get; } = [];

    /// <summary>Everything under torchvision's names, filters [K,C,R,S]: what an import must give, bit for bit.</summary>
    public Dictionary<string, float[]> Truth() => Torch("F32").ToDictionary(tensor => tensor.Name, tensor =>
    {
        var bytes = new MemoryStream();
        tensor.Write(bytes);
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes.ToArray()).ToArray();
    });

    /// <summary>torchvision's names; dense layers as matrices [K, C*R*S].</summary>
    public List<SourceTensor> Torch(string type, string prefix = "")
    {
        var tensors = new List<SourceTensor>();
        int index = 0;
        foreach (var l in Layers)
        {
            bool dense = l.Name[0] == 'f';
            if (!dense && l.Name.EndsWith("_1", StringComparison.Ordinal) && l.Name != "conv1_1") index++;
            string name = prefix + (dense ? $"classifier.{3 * (l.Name[2] - '6')}" : $"features.{index}");
            tensors.Add(SourceTensor.Of($"{name}.weight", dense ? [l.K, l.C * l.Size * l.Size] : [l.K, l.C, l.Size, l.Size], type, l.Weight));
            tensors.Add(SourceTensor.Of($"{name}.bias", [l.K], type, l.Bias));
            if (dense) continue;
            index += 2;
            if (!Norms.TryGetValue(l.Name, out float[][]? norm)) continue;
            foreach (var (part, values) in new[] { "weight", "bias", "running_mean", "running_var" }.Zip(norm))
                tensors.Add(SourceTensor.Of($"{prefix}features.{index - 1}.{part}", [l.K], type, values));
            index++;
        }
        return tensors;
    }

    /// <summary>Caffe's layers; dense ones as matrices, or as convolutions (VGG16_fconv).</summary>
    public List<SourceTensor> Caffe(string type, bool convolutional = false) => [.. Layers.SelectMany(l => new[]
    {
        SourceTensor.Of($"{l.Name}[0]", l.Name[0] == 'c' || convolutional ? [l.K, l.C, l.Size, l.Size] : [l.K, l.C * l.Size * l.Size], type, l.Weight),
        SourceTensor.Of($"{l.Name}[1]", [l.K], type, l.Bias),
    })];

    /// <summary>Keras, TensorFlow and vgg16_weights.npz: filters [R,S,C,K], rows of dense layers in the order (row, column, c); as a 4-D filter where <paramref name="slim"/>.</summary>
    public List<SourceTensor> Hwio(string type, Func<string, string> weight, Func<string, string> bias, bool slim = false, bool fortran = false) => [.. Layers.SelectMany(l => new[]
    {
        SourceTensor.Of(weight(l.Name), l.Name[0] == 'c' || slim ? [l.Size, l.Size, l.C, l.K] : [l.Size * l.Size * l.C, l.K], type, fortran ? Reversed(l, slim) : Turned(l)),
        SourceTensor.Of(bias(l.Name), [l.K], type, l.Bias),
    })];

    /// <summary>Keras's name of a layer.</summary>
    public static string Keras(string layer) => layer switch { "fc6" => "fc1", "fc7" => "fc2", "fc8" => "predictions", _ => $"block{layer[4]}_conv{layer[6]}" };

    /// <summary>TF-slim's scope of a layer.</summary>
    public static string Slim(string layer) => layer[0] == 'f' ? $"vgg_16/{layer}" : $"vgg_16/conv{layer[4]}/{layer}";

    private static float[] Turned((string Name, int K, int C, int Size, float[] Weight, float[] Bias) l)
    {
        var turned = new float[l.Weight.Length];
        for (int k = 0, from = 0; k < l.K; k++)
            for (int c = 0; c < l.C; c++)
                for (int r = 0; r < l.Size; r++)
                    for (int s = 0; s < l.Size; s++, from++) turned[((r * l.Size + s) * l.C + c) * l.K + k] = l.Weight[from];
        return turned;
    }

    // [R,S,C,K] (a dense layer: [R*S*C,K]) with the first index the fastest.
    private static float[] Reversed((string Name, int K, int C, int Size, float[] Weight, float[] Bias) l, bool slim)
    {
        float[] turned = Turned(l), reversed = new float[turned.Length];
        int rows = l.Size * l.Size * l.C;
        bool matrix = l.Name[0] == 'f' && !slim;
        for (int k = 0; k < l.K; k++)
            for (int row = 0; row < rows; row++)
            {
                int c = row % l.C, s = row / l.C % l.Size, r = row / l.C / l.Size;
                reversed[k * rows + (matrix ? row : (c * l.Size + s) * l.Size + r)] = turned[row * l.K + k];
            }
        return reversed;
    }
}
