// kernels/**/*.cu -> kernels/ptx/**/*.ptx, *.lines and manifest.json: usage KERNELS-FOLDER. The same sources give the same bytes.
//
// Line 1 of a source names its target: "// target compute_70".
using PixelNet.Native.KernelCompiler;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Compilation;

if (args.Length != 1 || !Directory.Exists(args[0]))
{
    Console.Error.WriteLine("usage: KERNELS-FOLDER (which must exist)");
    return 2;
}
string root = args[0];
try
{
    Nvrtc.Load(NvrtcSearch.Find() ?? throw new InvalidDataException($"NVRTC 11.8 was not found: on Debian kernels/get-nvrtc.sh artifacts/nvrtc fetches it (17 MB), elsewhere let {NvrtcSearch.Variable} name it."));
}
catch (Exception error) when (error is InvalidDataException or DllNotFoundException or BadImageFormatException)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
var headers = KernelSource.Headers(root);
var kernels = new List<CompiledKernel>();
int failed = 0;
foreach (var source in KernelSource.All(root, headers))
{
    try
    {
        var kernel = CompiledKernel.From(source, headers);
        kernels.Add(kernel);
        Console.WriteLine($"{source.Key}.cu: {kernel.Module.Entries.Count} entries, {kernel.Ptx.Count(c => c == '\n')} lines of PTX");
    }
    catch (Exception error) when (error is PtxException or InvalidDataException)
    {
        Console.Error.WriteLine($"{source.Key}.cu: {error.Message}");
        failed++;
    }
}
if (failed > 0)
{
    Console.Error.WriteLine($"{failed} of {failed + kernels.Count} sources do not compile; nothing was written.");
    return 1;
}
KernelOutput.Write(Path.Combine(root, "ptx"), KernelOutput.Files($"NVRTC {Nvrtc.Version()}", kernels));
return 0;
