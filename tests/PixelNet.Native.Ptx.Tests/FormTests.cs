using System.Globalization;
using System.Text;
using PixelNet.Native.Ptx.Parsing;

namespace PixelNet.Native.Ptx.Tests;

/// <summary>
/// Every arithmetic form of the <c>Forms/*.forms</c> files, one a line: the instructions, their inputs and what must come out, bit for bit. Each runs twice in one
/// kernel: for all lanes, and for the odd ones only, where the even lanes must keep what was in the destination.
/// </summary>
public class FormTests
{
    public static IEnumerable<TheoryDataRow<string>> Forms()
    {
        var assembly = typeof(FormTests).Assembly;
        foreach (string file in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".forms", StringComparison.Ordinal)).Order())
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(file)!);
            while (reader.ReadLine() is { } line)
            {
                if (line.Length > 0 && line[0] != '#') yield return new TheoryDataRow<string>(line);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void GivesWhatTheIsaSays(string form)
    {
        // A first field may itself hold '|' (predicate pairs), so the last two separators count.
        string[] parts = form.Split(" | ");
        Assert.Equal(3, parts.Length);
        var inputs = Values(parts[1]);
        var outputs = Values(parts[2]);
        using var device = new EmulatedDevice();
        ulong input = Emulation.Upload(device, [.. inputs.Select(v => v.Bits), 0UL]);
        ulong output = device.Allocate(outputs.Count * 2 * 32 * 8);
        var report = Emulation.Run(device, Body(parts[0], inputs, outputs), 1, 32, parameters: [input, output]);
        Assert.True(report.IsClean, string.Join("\n", report.Findings));
        ulong[] got = Emulation.Read<ulong>(device, output, outputs.Count * 64);
        for (int lane = 0; lane < 32; lane++)
        {
            for (int k = 0; k < outputs.Count; k++)
            {
                var (name, _, bits) = outputs[k];
                Assert.True(bits == got[(k * 64) + lane], $"{name}, lane {lane}: 0x{got[(k * 64) + lane]:x} instead of 0x{bits:x}");
                ulong guarded = lane % 2 == 1 ? bits : 0;
                Assert.True(guarded == got[(k * 64) + 32 + lane], $"{name}, lane {lane} with every other lane: 0x{got[(k * 64) + 32 + lane]:x} instead of 0x{guarded:x}");
            }
        }
    }

    private static string Body(string instructions, List<(string Name, PtxType Type, ulong Bits)> inputs, List<(string Name, PtxType Type, ulong Bits)> outputs)
    {
        var body = new StringBuilder();
        foreach (var (name, type, _) in inputs.Concat(outputs))
            body.Append(CultureInfo.InvariantCulture, $".reg .{Width(type)} {name};\n");
        body.Append("and.b32 %r1, %r0, 1; setp.eq.u32 %q0, %r1, 1;\n");
        for (int i = 0; i < inputs.Count; i++)
        {
            body.Append(CultureInfo.InvariantCulture, $"ld.global.u64 %rd1, [%p0+{8 * i}];\n");
            body.Append(FromBits(inputs[i].Name, inputs[i].Type));
        }
        foreach (var (name, type, _) in outputs) body.Append("mov.u64 %rd1, 0;\n").Append(FromBits(name, type));
        body.Append(instructions).Append(";\n").Append(Store(outputs, 0));
        foreach (var (name, type, _) in outputs) body.Append("mov.u64 %rd1, 0;\n").Append(FromBits(name, type));
        foreach (string instruction in instructions.Split("; ")) body.Append("@%q0 ").Append(instruction).Append(";\n");
        return body.Append(Store(outputs, 32)).ToString();
    }

    private static string Store(List<(string Name, PtxType Type, ulong Bits)> outputs, int from)
    {
        var text = new StringBuilder();
        for (int k = 0; k < outputs.Count; k++)
        {
            var (name, type, _) = outputs[k];
            text.Append(type == PtxType.Pred ? $"selp.u64 %rd1, 1, 0, {name};\n" : Width(type) == "b64" ? $"mov.b64 %rd1, {name};\n"
                : Width(type) == "b32" ? $"cvt.u64.u32 %rd1, {name};\n" : $"cvt.u64.u16 %rd1, {name};\n");
            text.Append(CultureInfo.InvariantCulture, $"mad.wide.u32 %rd2, %r0, 8, %p1; st.global.u64 [%rd2+{8 * ((k * 64) + from)}], %rd1;\n");
        }
        return text.ToString();
    }

    private static string FromBits(string name, PtxType type) => Width(type) switch
    {
        "pred" => $"setp.ne.u64 {name}, %rd1, 0;\n",
        "b64" => $"mov.b64 {name}, %rd1;\n",
        "b32" => $"cvt.u32.u64 {name}, %rd1;\n",
        _ => $"cvt.u16.u64 {name}, %rd1;\n",
    };

    private static string Width(PtxType type) => type == PtxType.Pred ? "pred" : $"b{type.Size() * 8}";

    private static List<(string Name, PtxType Type, ulong Bits)> Values(string text)
    {
        var values = new List<(string, PtxType, ulong)>();
        var type = PtxType.B32;
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0) Assert.True(PtxTypes.TryParse(word, out type), $"'{word}' is no type");
            else values.Add((word[..equals], type, Bits(type, word[(equals + 1)..])));
        }
        return values;
    }

    private static ulong Bits(PtxType type, string text)
    {
        if (text.StartsWith("0x", StringComparison.Ordinal)) return ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        if (type == PtxType.F32) return BitConverter.SingleToUInt32Bits(float.Parse(text, CultureInfo.InvariantCulture));
        if (type == PtxType.F64) return BitConverter.DoubleToUInt64Bits(double.Parse(text, CultureInfo.InvariantCulture));
        ulong bits = text[0] == '-' ? (ulong)long.Parse(text, CultureInfo.InvariantCulture) : ulong.Parse(text, CultureInfo.InvariantCulture);
        return type.Size() switch { 1 => (byte)bits, 2 => (ushort)bits, 4 => (uint)bits, _ => bits };
    }
}
