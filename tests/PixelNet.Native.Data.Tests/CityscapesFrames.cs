using PixelNet.Native.Data.Cityscapes;
using PixelNet.Native.Data.Imaging;
using PixelNet.Native.Evaluation;

namespace PixelNet.Native.Data.Tests;

/// <summary>Ground truth and predictions of small frames in a folder of their own: <c>gt/CITY/…</c> and <c>pred/…</c>.</summary>
internal sealed class CityscapesFrames : IDisposable
{
    public const int Width = 6, Height = 4;
    private readonly TestFolder _folder = new();

    public string Truth => Path.Combine(_folder.Path, "gt");

    public string Predictions => Path.Combine(_folder.Path, "pred");

    /// <summary>Adds a frame whose pixels are all road but for one car of two pixels; the prediction is perfect.</summary>
    public CityscapesFrames Add(string key, int width = Width, int height = Height)
    {
        var ids = Ids(width, height);
        PngWriter.WriteGrey8(LabelPath(key), ids);
        PngWriter.WriteGrey16(InstancePath(key), new LabelMap<ushort>(width, height, [.. ids.Labels.Select(id => (ushort)(id == 26 ? 26003 : id))]));
        PngWriter.WriteGrey8(PredictionPath(key), ids);
        return this;
    }

    public static LabelMap<byte> Ids(int width = Width, int height = Height)
    {
        var ids = new byte[width * height];
        Array.Fill(ids, (byte)7);
        ids[1] = ids[2] = 26;
        return new LabelMap<byte>(width, height, ids);
    }

    public string LabelPath(string key) => _folder.File("gt", key.Split('_')[0], key + "_gtFine_labelIds.png");

    public string InstancePath(string key) => _folder.File("gt", key.Split('_')[0], key + "_gtFine_instanceIds.png");

    /// <summary>A path below the folder of predictions; the frame's own without <paramref name="suffix"/>.</summary>
    public string PredictionPath(string key, string suffix = "", string subfolder = "") => _folder.File("pred", subfolder, key + suffix + ".png");

    public SegmentationScores Evaluate(int threads = 1) => FolderEvaluation.Run(CityscapesPairs.Find(Predictions, Truth), threads, () => { });

    /// <summary>The sentence of the failure.</summary>
    public string Failure(int threads = 1) => Xunit.Assert.Throws<PixelNetException>(() => Evaluate(threads)).Message;

    public void Dispose() => _folder.Dispose();
}
