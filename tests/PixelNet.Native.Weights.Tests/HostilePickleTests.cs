using PixelNet.Native.Data.Weights;
using PixelNet.Native.Weights.Tests.Writers;
using Xunit;

namespace PixelNet.Native.Weights.Tests;

/// <summary>Pickles that would run code, or eat memory, in Python: refused by name, in both of PyTorch's forms, and nothing happens.</summary>
public sealed class HostilePickleTests
{
    private static readonly string Witness = Path.Combine(Path.GetTempPath(), $"pixelnet-pickle-{Environment.ProcessId}");

    private static Pickle New => new Pickle().Raw(0x80, 2);

    private static byte[] Calling(string module, string name) => New.Global(module, name).Raw((byte)'(').Text($"touch {Witness}").Raw((byte)'t', (byte)'R', (byte)'.').ToArray();

    public static TheoryData<string, byte[], string> Hostile => new()
    {
        { "os.system", Calling("os", "system"), "'os.system'" },
        { "posix.system", Calling("posix", "system"), "'posix.system'" },
        { "builtins.eval", Calling("builtins", "eval"), "'builtins.eval'" },
        { "__builtin__.exec of Python 2", Calling("__builtin__", "exec"), "'__builtin__.exec'" },
        { "subprocess.Popen", Calling("subprocess", "Popen"), "'subprocess.Popen'" },
        { "torch.load itself", Calling("torch", "load"), "'torch.load'" },
        { "a name that only begins like an allowed one", Calling("torch", "FloatStorage.__init__"), "'torch.FloatStorage.__init__'" },
        { "an allowed name of another module", Calling("evil", "OrderedDict"), "'evil.OrderedDict'" },
        { "getattr, by STACK_GLOBAL", New.Text("builtins").Text("getattr").Raw(0x93, (byte)'.').ToArray(), "'builtins.getattr'" },
        { "STACK_GLOBAL of numbers", New.Number(1).Number(2).Raw(0x93, (byte)'.').ToArray(), "'?.?'" },
        { "INST", New.Raw((byte)'(').Text("id").Raw([(byte)'i', .. "os\nsystem\n"u8, (byte)'.']).ToArray(), "opcode 0x69" },
        { "OBJ", New.Raw((byte)'(').Global("collections", "OrderedDict").Raw((byte)'o', (byte)'.').ToArray(), "opcode 0x6f" },
        { "NEWOBJ", New.Global("collections", "OrderedDict").Raw((byte)')', 0x81, (byte)'.').ToArray(), "opcode 0x81" },
        { "NEWOBJ_EX", New.Global("collections", "OrderedDict").Raw((byte)')', (byte)'}', 0x92, (byte)'.').ToArray(), "opcode 0x92" },
        { "EXT1, the registry of extensions", New.Raw(0x82, 1, (byte)'.').ToArray(), "opcode 0x82" },
        { "NEXT_BUFFER", New.Raw(0x97, (byte)'.').ToArray(), "opcode 0x97" },
        { "PERSID", New.Raw([(byte)'P', .. "../../etc/passwd\n"u8, (byte)'.']).ToArray(), "opcode 0x50" },
        { "BINPERSID of a path", New.Text("/etc/passwd").Raw((byte)'Q', (byte)'.').ToArray(), "a reference to something other than a storage" },
        { "BUILD of a tuple's state", New.Raw((byte)')', (byte)'}', (byte)'b', (byte)'.').ToArray(), "attributes of something other than a dict" },
        { "REDUCE of text", New.Text("os.system").Raw((byte)')', (byte)'R', (byte)'.').ToArray(), "a call of something that is no function" },
        { "REDUCE of a storage's class", New.Global("torch", "FloatStorage").Raw((byte)')', (byte)'R', (byte)'.').ToArray(), "a call of 'torch.FloatStorage'" },
        { "a chain of calls", New.Global("collections", "OrderedDict").Raw((byte)')', (byte)'R', (byte)')', (byte)'R', (byte)')', (byte)'R', (byte)'.').ToArray(), "a call of something that is no function" },
        { "a memo that was never set", New.Raw((byte)'h', 7, (byte)'.').ToArray(), "the memo 7" },
        { "an empty stack", New.Raw((byte)'.').ToArray(), "an empty stack" },
        { "a mark that is none", New.Raw((byte)'t', (byte)'.').ToArray(), "without its beginning" },
        { "a text longer than the file", New.Raw((byte)'X', 0xFF, 0xFF, 0x0F, 0, (byte)'a').ToArray(), "bytes are missing" },
        { "a text of 2 GiB", New.Raw((byte)'X', 0xFF, 0xFF, 0xFF, 0x7F, (byte)'a').ToArray(), "at most" },
        { "a list that holds itself", New.Raw((byte)']', (byte)'q', 0, (byte)'h', 0, (byte)'a', (byte)'.').ToArray(), "holds a list" },
        { "a dict that holds itself", New.Raw((byte)'}', (byte)'q', 0).Text("model").Raw((byte)'h', 0, (byte)'s', (byte)'.').ToArray(), "holds 0 tensors" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void It_is_refused_by_name_and_nothing_is_executed(string what, byte[] pickle, string part)
    {
        foreach (byte[] file in new[] { TorchSource.Zip(pickle), TorchSource.LegacyHead(pickle, []) })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            string message = Assert.Throws<PixelNetException>(() => PretrainedWeights.Open(WeightFile.Open(new MemoryStream(file), "some.pth"))).Message;
            Assert.StartsWith("some.pth ", message);
            Assert.True(message.Contains(part, StringComparison.Ordinal), $"{what}: {message}");
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
        Assert.False(File.Exists(Witness));
    }

    [Fact]
    public void Bombs_stay_small_and_quick()
    {
        // Nesting a million deep, doubling by the memo (two to the millionth lists if it were copied), and a million marks.
        var nesting = New;
        for (int i = 0; i < 1_000_000; i++) nesting.Raw((byte)')', 0x85);
        var doubling = New.Raw((byte)']', (byte)'q', 0);
        for (int i = 0; i < 100_000; i++) doubling.Raw((byte)'(', (byte)'h', 0, (byte)'h', 0, (byte)'l', (byte)'q', 0);
        var marks = New;
        for (int i = 0; i < 1_000_000; i++) marks.Raw((byte)'(');
        var wrappers = New;
        for (int i = 0; i < 200_000; i++) wrappers.Raw((byte)'}').Text("model");
        foreach (byte[] pickle in new[] { nesting.Raw((byte)'.').ToArray(), doubling.Raw((byte)'.').ToArray(), marks.Raw((byte)'.').ToArray(), wrappers.Raw([(byte)'N', .. Enumerable.Repeat((byte)'s', 200_000), (byte)'.']).ToArray() })
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            Assert.Throws<PixelNetException>(() => PretrainedWeights.Open(WeightFile.Open(new MemoryStream(TorchSource.Zip(pickle)), "bomb.pth")));
            Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
        }
    }
}
