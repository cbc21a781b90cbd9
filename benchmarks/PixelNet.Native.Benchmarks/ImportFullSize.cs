using System.Diagnostics;
using System.Globalization;
using System.Text;
using PixelNet.Native.Weights.Tests.Writers;

namespace PixelNet.Native.Benchmarks;

/// <summary>
/// <c>bench import</c>: VGG16 at its full size (138,357,544 numbers, 528 MiB) written in each format, imported by the program in a process of its own, beside a copy
/// of the same file: seconds, and the largest resident memory as the system counted it.
/// </summary>
internal static class ImportFullSize
{
    private const int Repeats = 5;

    private static readonly Dictionary<string, Action<Stream>> Formats = new()
    {
        ["safetensors"] = s => SourceFiles.Safetensors(s, Torch()),
        ["pth"] = s => TorchSource.Zip(s, Torch()),
        ["legacy-pth"] = s => TorchSource.Legacy(s, Torch()),
        ["npz"] = s => SourceFiles.Npz(s, Hwio(l => $"{l}_W", l => $"{l}_b")),
        ["caffemodel"] = s => ProtoSource.Caffe(s, Caffe(), ProtoSource.Blob.V1 | ProtoSource.Blob.FourExtents),
        ["h5"] = s => Hdf5Source.Write(s, Hwio(l => $"{SourceNet.Keras(l)}/{SourceNet.Keras(l)}_W_1:0", l => $"{SourceNet.Keras(l)}/{SourceNet.Keras(l)}_b_1:0")),
        ["ckpt"] = s => ProtoSource.Table(s, Hwio(l => $"{SourceNet.Slim(l)}/weights", l => $"{SourceNet.Slim(l)}/biases", slim: true)),
    };

    public static int Run(string[] args)
    {
        if (args.FirstOrDefault(name => !Formats.ContainsKey(name)) is { } unknown)
        {
            Console.Error.WriteLine($"there is no format '{unknown}'; formats: {string.Join(", ", Formats.Keys)}");
            return 2;
        }
        var folder = Directory.CreateTempSubdirectory("pixelnet-import-");
        try
        {
            var text = new StringBuilder();
            text.AppendLine("| format | file, MiB | copy, s | import, s | import / copy | peak memory, MiB | peak / file |");
            text.AppendLine("|---|---|---|---|---|---|---|");
            foreach (string name in args.Length > 0 ? args : [.. Formats.Keys])
            {
                string file = Path.Combine(folder.FullName, name), copy = file + ".copy", target = file + ".safetensors";
                using (var stream = new FileStream(file, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 20)) Formats[name](stream);
                List<double> copies = [], imports = [];
                double peak = 0;
                for (int i = 0; i < Repeats; i++)
                {
                    // Each writes a new file, into memory that the system has just got back from the last one: on a virtual machine fresh memory costs more than all the rest.
                    File.Delete(copy);
                    copies.Add(Copy(file, copy));
                    File.Delete(target);
                    var (seconds, memory) = Import(file, target);
                    imports.Add(seconds);
                    peak = Math.Max(peak, memory);
                }
                double size = new FileInfo(file).Length / 1048576.0;
                text.AppendLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {size:F0} | {Median(copies):F2} | {Median(imports):F2} | {Median(imports) / Median(copies):F2} | {peak:F0} | {peak / size:F2} |"));
                foreach (string path in new[] { file, copy, target }) File.Delete(path);
            }
            Console.Write(text);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // A copy is as safe as an import only when it is on the disk too.
    private static double Copy(string file, string target)
    {
        var watch = Stopwatch.StartNew();
        using (var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0))
        using (var to = new FileStream(target, FileMode.Create, FileAccess.Write, FileShare.None, 0))
        {
            from.CopyTo(to, 1 << 20);
            to.Flush(flushToDisk: true);
        }
        return watch.Elapsed.TotalSeconds;
    }

    private static (double Seconds, double PeakMiB) Import(string file, string target)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[] { Path.Combine(AppContext.BaseDirectory, "pixelnet.dll"), "weights", "import", file, "--out", target, "--overwrite" }) start.ArgumentList.Add(argument);
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        double peak = 0;
        while (!process.WaitForExit(5))
        {
            try
            {
                process.Refresh();
                peak = Math.Max(peak, process.PeakWorkingSet64 / 1048576.0);
            }
            catch (InvalidOperationException)
            {
                // It ended meanwhile.
            }
        }
        double seconds = watch.Elapsed.TotalSeconds;
        return process.ExitCode == 0 ? (seconds, peak) : throw new PixelNetException($"the import of {file} failed: {errors.Result}");
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static IEnumerable<(string Name, int K, int C, int Size)> Layers()
    {
        int inputs = 3;
        foreach (var (block, outputs, depth) in new[] { (1, 64, 2), (2, 128, 2), (3, 256, 3), (4, 512, 3), (5, 512, 3) })
            for (int i = 1; i <= depth; i++, inputs = outputs) yield return ($"conv{block}_{i}", outputs, inputs, 3);
        yield return ("fc6", 4096, 512, 7);
        yield return ("fc7", 4096, 4096, 1);
        yield return ("fc8", 1000, 4096, 1);
    }

    private static List<SourceTensor> Torch()
    {
        var tensors = new List<SourceTensor>();
        int index = 0;
        foreach (var (name, k, c, size) in Layers())
        {
            bool dense = name[0] == 'f';
            if (!dense && name.EndsWith("_1", StringComparison.Ordinal) && name != "conv1_1") index++;
            string layer = dense ? $"classifier.{3 * (name[2] - '6')}" : $"features.{index}";
            tensors.Add(Noise($"{layer}.weight", dense ? [k, c * size * size] : [k, c, size, size]));
            tensors.Add(Noise($"{layer}.bias", k));
            index += 2;
        }
        return tensors;
    }

    private static List<SourceTensor> Caffe() => [.. Layers().SelectMany(l => new[] { Noise($"{l.Name}[0]", l.Name[0] == 'c' ? [l.K, l.C, l.Size, l.Size] : [l.K, l.C * l.Size * l.Size]), Noise($"{l.Name}[1]", l.K) })];

    private static List<SourceTensor> Hwio(Func<string, string> weight, Func<string, string> bias, bool slim = false) =>
        [.. Layers().SelectMany(l => new[] { Noise(weight(l.Name), l.Name[0] == 'c' || slim ? [l.Size, l.Size, l.C, l.K] : [l.Size * l.Size * l.C, l.K]), Noise(bias(l.Name), l.K) })];

    // Numbers that do not pack, a page of them again and again.
    private static SourceTensor Noise(string name, params long[] shape)
    {
        long count = shape.Aggregate(1L, (product, extent) => product * extent);
        return new SourceTensor(name, shape, "F32", stream =>
        {
            var random = new Random(1);
            var page = new float[(int)Math.Min(count, 1 << 18)];
            foreach (ref float value in page.AsSpan()) value = random.NextSingle() - 0.5f;
            var bytes = System.Runtime.InteropServices.MemoryMarshal.AsBytes(page.AsSpan());
            for (long left = 4 * count; left > 0; left -= bytes.Length) stream.Write(bytes[..(int)Math.Min(left, bytes.Length)]);
        });
    }
}
