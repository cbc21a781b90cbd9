using System.CommandLine;
using PixelNet.Native.Cli.Emulation;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet emulate</c>: declares the options and picks the mode; each mode is a file of its own, <see cref="EmulateFile"/> and <see cref="EmulateOp"/>.</summary>
internal static class EmulateVerb
{
    public static Command Create()
    {
        var file = new Argument<string?>("file") { Description = "PTX text, or a .cu source, which NVRTC or clang compiles", Arity = ArgumentArity.ZeroOrOne };
        var entry = new Option<string?>("--entry") { Description = "Kernel to run; may be left out where the file has only one" };
        var grid = new Option<string>("--grid") { Description = "Blocks, X[,Y[,Z]]", DefaultValueFactory = _ => "1" };
        var block = new Option<string>("--block") { Description = "Threads of a block, X[,Y[,Z]]", DefaultValueFactory = _ => "32" };
        var shared = new Option<int>("--shared") { Description = "Dynamic shared memory of a block in bytes" };
        var seed = new Option<ulong>("--seed") { Description = "Shuffles the order of blocks and warps; 0 runs them by index" };
        var arguments = new Option<string[]>("--arg")
        {
            Description = "One for each kernel parameter, in order: in:f32:FILE, out:f32:COUNT:FILE, inout:f32:FILE[:OUTFILE], val:s32:5, bytes:HEX or bytes:@FILE; "
                + "types u8 s8 u16 s16 b16 f16 bf16 u32 s32 b32 f32 u64 s64 b64 f64; files are raw little-endian numbers",
            AllowMultipleArgumentsPerToken = false,
        };
        var limit = new Option<long>("--limit") { Description = "Warp instructions after which the launch is given up", DefaultValueFactory = _ => EmulateFile.DefaultLimit };
        var json = new Option<string?>("--json") { Description = "Write verdict, findings and counters as JSON to this file; - = standard output" };
        var compilerOptions = new Option<string[]>("--compiler-option") { Description = "Option for the compiler of a .cu, such as -DTILE=32 or --use_fast_math" };
        var keepPtx = new Option<string?>("--keep-ptx") { Description = "Write the PTX that a .cu compiles to, whose lines findings name" };
        var op = new Option<string?>("--op") { Description = "Instead of a file: a kernel that ships, such as hypercolumn_backward or one of its rungs, linear_forward_v4, on the cases of its op" };
        var which = new Option<string>("--case") { Description = "With --op: small (the first case), all (the long ones too), or part of a case's name", DefaultValueFactory = _ => EmulateOp.Small };
        var format = new Option<string>("--report") { Description = "text, or html: a page with the annotated source", DefaultValueFactory = _ => "text" };
        format.AcceptOnlyFromAmong("text", "html");
        var page = new Option<string?>("--out") { Description = "With --report html: the page's file; KERNEL.html if nothing is said" };
        var command = new Command("emulate", """
            Run a kernel on an emulated GPU and check every access: bounds, alignment, races, uninitialised reads, barriers; count sectors and bank conflicts.
            Exit code 0: clean, 1: findings, 2: the call is wrong or the PTX not supported. Examples:
              pixelnet emulate saxpy.cu --entry saxpy --grid 4 --block 256 --arg in:f32:x.bin --arg inout:f32:y.bin --arg val:f32:2.5 --arg val:s32:1000
              pixelnet emulate --op hypercolumn_backward --case small --report html
              pixelnet emulate reduce.ptx --entry reduce --grid 8 --block 128 --shared 512 --seed 3 --json - --arg out:f32:8:sums.bin --arg in:f32:x.bin
            """)
        { file, op, which, entry, grid, block, shared, seed, arguments, limit, json, format, page, compilerOptions, keepPtx };
        command.SetAction(call =>
        {
            string? target = call.GetValue(json);
            JsonTarget.Require(target);
            OutputFile.Require("--out", call.GetValue(page));
            OutputFile.Require("--keep-ptx", call.GetValue(keepPtx));
            var report = new EmulationOutput(call.GetValue(format) == "html", call.GetValue(page), target);
            if (call.GetValue(op) is { } kernel)
            {
                if (call.GetValue(file) is not null || (call.GetValue(arguments) ?? []).Length > 0) throw new WrongCallException("--op runs a kernel that ships on its own cases: leave out the file and --arg");
                return EmulateOp.Run(kernel, call.GetValue(which)!, call.GetValue(seed), call.GetValue(limit), report);
            }
            if (call.GetValue(file) is not { } path) throw new WrongCallException("there is nothing to emulate: name a .ptx or .cu file, or a kernel that ships with --op");
            return EmulateFile.Run(new EmulateFile.Call(path, call.GetValue(entry), call.GetValue(grid)!, call.GetValue(block)!, call.GetValue(shared), call.GetValue(seed),
                call.GetValue(arguments) ?? [], call.GetValue(limit), call.GetValue(compilerOptions) ?? [], call.GetValue(keepPtx)), report);
        });
        return command;
    }
}
