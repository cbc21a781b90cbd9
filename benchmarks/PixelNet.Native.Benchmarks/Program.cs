using PixelNet.Native;
using PixelNet.Native.Benchmarks;
using PixelNet.Native.Benchmarks.Rows;

// ./build.sh bench peers [ROW] [--threads N] [--save DIR]       every row against libtorch and ONNX Runtime, or those whose title holds ROW; into DIR/peers.md
// ./build.sh bench scaling [--threads N] [--save DIR]           one thread against all, a small image against a large one; into DIR/scaling.md
// ./build.sh bench gemm [ROW] [--threads N] [--save DIR]        the head's layers and passes one by one against libtorch; into DIR/gemm.md
// ./build.sh bench camvid-step | convolutions [--threads N]
// ./build.sh bench winograd-curves [--steps N] [--data DIR]     preset camvid with Winograd's convolution and with direct sums, three seeds each
// ./build.sh bench readme                                       the tables of benchmarks/results into README.md
// ./build.sh bench fuzz [--inputs N] [--seed N] [--save DIR]    damaged files of every format
// ./build.sh bench import [FORMAT ...]                          a full-size VGG16 in every format: time and memory
if (args is ["worker", ..]) return Workers.Run(args[1..]);
if (args is ["fuzz", ..]) return FuzzFiles.Run(args[1..]);
if (args is ["import", ..]) return ImportFullSize.Run(args[1..]);
int threads = Environment.ProcessorCount;
int option = Array.IndexOf(args, "--threads");
if (option >= 0)
{
    if (option + 1 >= args.Length || !int.TryParse(args[option + 1], out threads) || threads < 1)
    {
        Console.Error.WriteLine("--threads takes a number of threads");
        return 2;
    }
    args = [.. args[..option], .. args[(option + 2)..]];
}
string? folder = null;
if (Array.IndexOf(args, "--save") is >= 0 and var save)
{
    if (save + 1 >= args.Length)
    {
        Console.Error.WriteLine("--save takes a folder, such as benchmarks/results/my-machine");
        return 2;
    }
    folder = args[save + 1];
    args = [.. args[..save], .. args[(save + 2)..]];
}
string filter = string.Join(' ', args.Skip(1));
var benchmarks = new Dictionary<string, Func<string>>
{
    ["peers"] = () => PeerTable.Run(PeerTable.Network, threads, filter, folder),
    ["scaling"] = () => Scaling.Run(threads, folder),
    ["gemm"] = () => PeerTable.Run(PeerTable.DenseLayers, threads, filter, folder),
    ["camvid-step"] = () => CamVidStep.Run(threads),
    ["convolutions"] = () => Convolutions.Run(threads),
    ["winograd-curves"] = () => WinogradCurves.Run(threads, args[1..]),
    ["readme"] = ReadmeTables.Run,
};
if (args is not [{ } name, ..] || !benchmarks.TryGetValue(name, out var benchmark))
{
    Console.Error.WriteLine($"name a benchmark: {string.Join(", ", benchmarks.Keys)}, fuzz, import; peers takes a part of a row's title, such as: peers VGG16 forward");
    return 2;
}
try
{
    Console.Write(benchmark());
    return 0;
}
catch (PixelNetException failure)
{
    Console.Error.WriteLine($"error: {failure.Message}");
    return 1;
}
