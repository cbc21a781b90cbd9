using PixelNet.Native;
using PixelNet.Native.Benchmarks;

// ./build.sh bench NAME [--threads N]
var benchmarks = new Dictionary<string, Func<int, string>>
{
    ["camvid-step"] = CamVidStep.Run,
    ["convolutions"] = Convolutions.Run,
};
if (args is not [{ } name, ..] || !benchmarks.TryGetValue(name, out var benchmark))
{
    Console.Error.WriteLine($"name a benchmark: {string.Join(", ", benchmarks.Keys)}");
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
