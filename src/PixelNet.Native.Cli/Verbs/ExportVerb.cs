using System.CommandLine;
using PixelNet.Native.Data;
using PixelNet.Native.Data.Onnx;
using PixelNet.Native.Data.Runs;
using PixelNet.Native.Data.Weights;
using PixelNet.Native.Model;

namespace PixelNet.Native.Cli.Verbs;

/// <summary><c>pixelnet export</c>: a trained network as a file that other programs run or read.</summary>
internal static class ExportVerb
{
    public static Command Create()
    {
        var checkpoint = new Option<string>("--checkpoint") { Description = "Checkpoint of a run, such as runs/camvid/best.safetensors", Required = true };
        var onnx = new Option<string?>("--onnx") { Description = $"ONNX model to write (opset 17): uint8 RGB [batch,height,width,3] of any size to logits and labels" };
        var safetensors = new Option<string?>("--safetensors") { Description = "Safetensors file to write: torchvision's names, filters [K,C,R,S]" };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace files that exist" };
        var command = new Command("export", """
            Export a trained network for other programs. Examples:
              pixelnet export --checkpoint runs/camvid/best.safetensors --onnx camvid.onnx
              pixelnet export --checkpoint runs/camvid/best.safetensors --safetensors camvid.safetensors
            """)
        { checkpoint, onnx, safetensors, overwrite };
        command.SetAction(call =>
        {
            Export(call.GetValue(checkpoint)!, call.GetValue(onnx), call.GetValue(safetensors), call.GetValue(overwrite));
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void Export(string path, string? onnx, string? safetensors, bool overwrite)
    {
        if (onnx is null && safetensors is null) throw new WrongCallException("name what to write: --onnx FILE, --safetensors FILE, or both");
        foreach (string? target in new[] { onnx, safetensors })
        {
            if (target is null) continue;
            if (File.Exists(target) && Path.GetFullPath(target) == Path.GetFullPath(path)) throw new WrongCallException($"{target} is the checkpoint itself; name another file");
            if (File.Exists(target) && !overwrite) throw new PixelNetException($"{target} exists already; name another file or add --overwrite");
        }
        using var checkpoint = CheckpointTensors.Open(path);
        var model = checkpoint.Info.Model;
        if (model.DropoutAtTest) Console.Error.WriteLine("warning: this network was configured to leave dropout on in prediction (defects.dropout_at_test); the exported one has none");
        if (onnx is not null)
        {
            AtomicFile.Write(onnx, stream => OnnxExport.Write(checkpoint, stream));
            Console.WriteLine($"written {onnx}, {MemoryTable.MiB(new FileInfo(onnx).Length)}: image uint8 RGB [batch,height,width,3] -> logits float [batch,{model.Classes},height,width], labels uint8 [batch,height,width]");
        }
        if (safetensors is not null)
        {
            AtomicFile.Write(safetensors, stream => TrainedWeights.Save(checkpoint, stream));
            Console.WriteLine($"written {safetensors}, {MemoryTable.MiB(new FileInfo(safetensors).Length)}; look at it with: ./build.sh run -- weights inspect {safetensors}");
        }
    }
}
