using PixelNet.Native;
using PixelNet.Native.Benchmarks;

// ./build.sh bench NAME [--threads N]
// ./build.sh bench fuzz [--inputs N] [--seed N] [--save DIR]   damaged files of every format
// ./build.sh bench import [FORMAT ...]                          a full-size VGG16 in every format: time and memory
if (args is ["fuzz", ..]) return FuzzFiles.Run(args[1..]);
if (args is ["import", ..]) return ImportFullSize.Run(args[1..]);
var benchmarks = new Dictionary<string, Func<int, string>>
{
    ["camvid-step"] = CamVidStep.Run,
    ["convolutions"] = Convolutions.Run,
};
if (args is not [{ } name, ..] || !benchmarks.TryGetValue(name, out var benchmark))
{
    Console.Error.WriteLine($"name a benchmark: {string.Join(", ", benchmarks.Keys)}, fuzz, import");
    return 2;
}
int threads = args is [_, "--threads", { } number] && int.TryParse(number, out int n) && n > 0 ? n : Environment.ProcessorCount;
try
{
    Console.Write(benchmark(threads));
    return 0;
}
catch (PixelNetException failure)
{
    Console.Error.WriteLine($"error: {failure.Message}");
    return 1;
}
