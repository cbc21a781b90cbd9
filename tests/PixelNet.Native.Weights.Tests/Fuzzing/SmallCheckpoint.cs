using PixelNet.Native.Backends;
using PixelNet.Native.Backends.Cpu;
using PixelNet.Native.Model;
using PixelNet.Native.Training;

namespace PixelNet.Native.Weights.Tests.Fuzzing;

/// <summary>A checkpoint of the narrowest network.</summary>
internal static class SmallCheckpoint
{
    public static byte[] Bytes(CpuBackend backend, bool batchNorm)
    {
        var config = new PixelNetConfig { Width = 1.0 / 64, BatchNorm = batchNorm, StandardizeTaps = batchNorm, Taps = ["conv1_2", "conv3_3"], Head = [4], Classes = 3 };
        var transform = new ChannelTransform(false, 1 / 60f, 1 / 60f, 1 / 60f, -2, -2, -2);
        using var model = new PixelNetModel(config, backend, new NormalizeSizes(1, 16, 16), 1, ModelMode.Inference, transform);
        model.Allocate();
        model.Initialize(1);
        var stream = new MemoryStream();
        Checkpoint.Write(stream, new CheckpointInfo { Model = config, Preprocessing = transform, LabelSet = "camvid", ClassNames = ["a", "b", "c"] }, model.Parameters, backend);
        return stream.ToArray();
    }
}
