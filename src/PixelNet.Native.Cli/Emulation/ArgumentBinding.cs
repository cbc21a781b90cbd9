using PixelNet.Native.Data;
using PixelNet.Native.Ptx;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Cli.Emulation;

/// <summary>The arguments of a launch, one a parameter: checked against the kernel's signature, uploaded, and written back afterwards.</summary>
internal sealed class ArgumentBinding
{
    private const int Chunk = 1 << 24;

    private readonly PtxEntry entry;
    private readonly KernelArgument[] arguments;
    private readonly List<(ulong Address, long Bytes, string File)> outputs = [];

    private ArgumentBinding(PtxEntry entry, KernelArgument[] arguments)
    {
        this.entry = entry;
        this.arguments = arguments;
    }

    /// <summary>Reads the arguments and checks them against a kernel's parameters, their files included.</summary>
    /// <param name="entry">The kernel.</param>
    /// <param name="texts">One text a parameter.</param>
    /// <exception cref="WrongCallException">Number, form, type or size is wrong; the message names the parameter.</exception>
    public static ArgumentBinding Check(PtxEntry entry, IReadOnlyList<string> texts)
    {
        var parameters = entry.Parameters;
        if (texts.Count != parameters.Count)
        {
            string wanted = string.Join(", ", parameters.Select((p, i) => $"{Described(p, i)} takes {Wanted(p)}"));
            throw new WrongCallException($"{entry.Name} has {parameters.Count} parameters, but {texts.Count} --arg are given" + (wanted.Length > 0 ? $": {wanted}" : ""));
        }
        var arguments = new KernelArgument[texts.Count];
        for (int i = 0; i < texts.Count; i++)
        {
            try
            {
                arguments[i] = WithFile(KernelArgument.Parse(texts[i], OperatingSystem.IsWindows()));
                Fit(parameters[i], arguments[i]);
            }
            catch (FormatException failure)
            {
                throw new WrongCallException($"--arg {texts[i]} for {Described(parameters[i], i)} of {entry.Name} {failure.Message}");
            }
        }
        foreach (var twice in arguments.Where(a => a.Output is not null).GroupBy(a => Path.GetFullPath(a.Output!)).Where(g => g.Count() > 1))
            throw new WrongCallException($"two arguments write to {twice.First().Output}; name a file for each");
        return new ArgumentBinding(entry, arguments);
    }

    /// <summary>Uploads the inputs, allocates the outputs and lays out the parameter block.</summary>
    /// <param name="device">The device.</param>
    /// <returns>The parameter block.</returns>
    public byte[] Upload(EmulatedDevice device)
    {
        byte[] block = new byte[entry.ParameterBytes];
        for (int i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            byte[] content = argument.Content;
            if (argument.Kind is ArgumentKind.In or ArgumentKind.Out or ArgumentKind.InOut)
            {
                long bytes = argument.Kind == ArgumentKind.Out ? argument.Count * argument.Type.Size() : new FileInfo(argument.Input!).Length;
                ulong address = device.Allocate(bytes, entry.Parameters[i].Name);
                if (argument.Input is not null) Copy(argument.Input, device, address);
                if (argument.Output is not null) outputs.Add((address, bytes, argument.Output));
                content = BitConverter.GetBytes(address);
            }
            content.CopyTo(block, entry.Parameters[i].Offset);
        }
        return block;
    }

    /// <summary>Writes what the kernel left in its outputs.</summary>
    /// <param name="device">The device.</param>
    public void WriteOutputs(EmulatedDevice device)
    {
        foreach (var (address, bytes, file) in outputs)
        {
            AtomicFile.Write(file, stream =>
            {
                byte[] buffer = new byte[Math.Min(bytes, Chunk)];
                for (long done = 0; done < bytes;)
                {
                    var part = buffer.AsSpan(0, (int)Math.Min(bytes - done, Chunk));
                    device.Read(address + (ulong)done, part);
                    stream.Write(part);
                    done += part.Length;
                }
            });
        }
    }

    private static void Copy(string file, EmulatedDevice device, ulong address)
    {
        using var stream = File.OpenRead(file);
        byte[] buffer = new byte[Math.Clamp(stream.Length, 1, Chunk)];
        for (int read; (read = stream.Read(buffer)) > 0; address += (ulong)read) device.Write(address, buffer.AsSpan(0, read));
    }

    // Everything about files is found out before the kernel runs.
    private static KernelArgument WithFile(KernelArgument argument)
    {
        if (argument.Input is { } input)
        {
            if (!File.Exists(input)) throw new FormatException($"names {input}, which {(Directory.Exists(input) ? "is a folder" : "does not exist")}");
            long bytes = new FileInfo(input).Length;
            if (argument.Kind == ArgumentKind.Bytes) return bytes > 32764 ? throw new FormatException($"names {input} of {bytes} bytes; parameters have 32764 at most") : argument with { Content = File.ReadAllBytes(input) };
            if (bytes % argument.Type.Size() != 0) throw new FormatException($"names {input} of {bytes} bytes, which is no multiple of the {argument.Type.Size()} bytes of {argument.Type.Name()}");
        }
        if (argument.Output is { } output)
        {
            if (Directory.Exists(output)) throw new FormatException($"names {output}, which is a folder");
            if (Path.GetDirectoryName(Path.GetFullPath(output)) is { } folder && !Directory.Exists(folder)) throw new FormatException($"names {output} in a folder that does not exist");
        }
        return argument;
    }

    private static void Fit(PtxParameter parameter, KernelArgument argument)
    {
        switch (argument.Kind)
        {
            case ArgumentKind.Bytes:
                if (argument.Content.Length != parameter.Bytes) throw new FormatException($"has {argument.Content.Length} bytes, expected {parameter.Bytes}");
                return;
            case ArgumentKind.Value:
                bool isSame = parameter.Type.Size() == argument.Type.Size() && (IsUntyped(parameter.Type) || IsUntyped(argument.Type) || parameter.Type.IsFloat() == argument.Type.IsFloat());
                // Halves are passed as a structure of two bytes.
                bool isHalf = parameter is { IsArray: true, Bytes: 2 } && argument.Type.Size() == 2;
                if (!isHalf && (parameter.IsArray || !isSame)) throw new FormatException($"has the wrong type, expected {Wanted(parameter)}");
                return;
            default:
                if (parameter.IsArray || parameter.Bytes != 8 || parameter.Type == PtxType.F64) throw new FormatException($"is memory, but the parameter is no pointer; expected {Wanted(parameter)}");
                return;
        }
    }

    private static bool IsUntyped(PtxType type) => type is PtxType.B8 or PtxType.B16 or PtxType.B32 or PtxType.B64;

    private static string Described(PtxParameter parameter, int index) => $"parameter {index + 1} '{parameter.Name}' ({(parameter.IsArray ? $"{parameter.Bytes} bytes" : $".{parameter.Type.Name()}")})";

    private static string Wanted(PtxParameter parameter) => parameter.IsArray ? $"bytes: with {parameter.Bytes} bytes"
        : parameter.Bytes == 8 && parameter.Type != PtxType.F64 ? $"in:, out: or inout: (a pointer) or val:{parameter.Type.Name()}:NUMBER" : $"val:{parameter.Type.Name()}:NUMBER";
}
