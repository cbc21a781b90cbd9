using System.Globalization;
using PixelNet.Native.Backends;

namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>
/// Which algorithm was measured to be the fastest: kept from run to run, since two algorithms of one pass round differently and two measurements may
/// disagree on the faster. A line is <c>device | cuDNN version | precision | workspace cap | pass | sizes | algorithm | math type</c>; lines that do not read so are passed over.
/// </summary>
/// <param name="path">The file; null = only this process keeps them.</param>
/// <param name="about">What an entry holds for beside pass and sizes: device, version, precision, cap.</param>
internal sealed class AlgorithmFile(string? path, string about)
{
    private const int MostBytes = 1 << 20;

    private static readonly List<string> InProcess = [];

    /// <summary>The algorithm that was kept for a pass, or null.</summary>
    public (int Number, cudnnMathType_t MathType)? Find(ConvolutionPass pass, Conv2dSizes sizes)
    {
        string key = Key(pass, sizes);
        foreach (string line in Lines())
            if (line.StartsWith(key, StringComparison.Ordinal) && line[key.Length..].Split(" | ") is [var number, var mathType]
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int algorithm)
                && int.TryParse(mathType, NumberStyles.None, CultureInfo.InvariantCulture, out int math) && Enum.IsDefined((cudnnMathType_t)math))
                return (algorithm, (cudnnMathType_t)math);
        return null;
    }

    /// <summary>Keeps an algorithm. Where the file cannot be written nothing is kept: the next run measures again.</summary>
    public void Keep(ConvolutionPass pass, Conv2dSizes sizes, CudnnAlgorithm algorithm)
    {
        string key = Key(pass, sizes), beside = $"{path}.{Environment.ProcessId}", entry = $"{key}{algorithm.Number} | {(int)algorithm.MathType}";
        if (path is null)
        {
            lock (InProcess)
            {
                InProcess.RemoveAll(line => line.StartsWith(key, StringComparison.Ordinal));
                InProcess.Add(entry);
            }
            return;
        }
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.WriteAllLines(beside, Lines().Where(line => !line.StartsWith(key, StringComparison.Ordinal)).Append(entry));
            File.Move(beside, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private string Key(ConvolutionPass pass, Conv2dSizes sizes) => string.Create(CultureInfo.InvariantCulture,
        $"{about} | {pass} | {sizes.N},{sizes.H},{sizes.W},{sizes.C},{sizes.K},{sizes.R},{sizes.S},{sizes.PadH},{sizes.PadW} | ");

    private string[] Lines()
    {
        if (path is null)
        {
            lock (InProcess) return [.. InProcess];
        }
        try
        {
            return new FileInfo(path) is { Exists: true, Length: <= MostBytes } ? File.ReadAllLines(path) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
