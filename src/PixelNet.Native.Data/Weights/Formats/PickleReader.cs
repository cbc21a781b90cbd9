using System.Globalization;
using System.Numerics;

namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>
/// The part of Python's pickle language that a state dict needs, as data: it executes nothing. Globals are compared with a list and anything else is
/// refused by name; the only "calls" that have a meaning are those that describe a tensor, an OrderedDict or a size. Memory stays proportional to the
/// bytes read, since values are shared, never copied.
/// </summary>
/// <remarks>Opcodes: Python's <c>pickletools</c>, protocols 0 to 5. Tensors: <c>torch._utils._rebuild_tensor_v2(storage, offset, size, stride, …)</c>.</remarks>
internal sealed class PickleReader(ByteReader reader, string source)
{
    private const int MostText = 1 << 20;
    private static readonly object Mark = new();
    private static readonly HashSet<string> Allowed =
    [
        "collections.OrderedDict", "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter", "torch.Size",
        "torch.FloatStorage", "torch.HalfStorage", "torch.BFloat16Storage", "torch.DoubleStorage", "torch.LongStorage", "torch.IntStorage", "torch.ShortStorage",
        "torch.CharStorage", "torch.ByteStorage", "torch.BoolStorage",
    ];

    private readonly List<object?> _stack = [];
    private readonly Dictionary<long, object?> _memo = [];
    private readonly List<object?> _popped = [];

    /// <summary>Reads one pickle, from the reader's place to its STOP.</summary>
    /// <exception cref="PixelNetException">It is damaged, or holds anything but data and tensors; the message names what.</exception>
    public object? Read()
    {
        _stack.Clear();
        _memo.Clear();
        for (; ; )
        {
            byte code = reader.Byte();
            if (code == (byte)'.') return Pop();
            Execute(code);
        }
    }

    private void Execute(byte code)
    {
        switch (code)
        {
            case 0x80: // PROTO
                int protocol = reader.Byte();
                if (protocol > 5) throw reader.Damaged($"a pickle of protocol {protocol}, of which 0 to 5 are read");
                break;
            case 0x95: // FRAME
                reader.Position += 8;
                break;
            case (byte)'(': Push(Mark); break;
            case (byte)'0': Pop(); break;
            case (byte)'1': PopToMark(); break;
            case (byte)'2': Push(Peek()); break;
            case (byte)'N': Push(null); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case (byte)'J': Push((long)(int)reader.UInt32()); break;
            case (byte)'K': Push((long)reader.Byte()); break;
            case (byte)'M': Push((long)reader.UInt16()); break;
            case 0x8A: Push(Long(reader.Bytes(reader.Byte(), 255))); break; // LONG1
            case (byte)'G': Push(BitConverter.UInt64BitsToDouble(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(reader.UInt64()))); break;
            case (byte)'I': Push(Line() is var text && text is "00" or "01" ? text == "01" : Number(text)); break;
            case (byte)'L': Push(Number(Line().TrimEnd('L'))); break;
            case (byte)'F': Push(double.TryParse(Line(), NumberStyles.Float, CultureInfo.InvariantCulture, out double real) ? real : throw reader.Damaged("a float that is none")); break;
            case (byte)'X': Push(reader.Text(reader.UInt32(), MostText)); break;
            case 0x8C: Push(reader.Text(reader.Byte(), MostText)); break;
            case 0x8D: Push(reader.Text(Size(reader.UInt64()), MostText)); break;
            case (byte)'V': Push(Line()); break;
            case (byte)'S': Push(Line().Trim('\'', '"')); break;
            // Text of Python 2.
            case (byte)'T': Push(reader.Text(reader.UInt32(), MostText)); break;
            case (byte)'U': Push(reader.Text(reader.Byte(), MostText)); break;
            case (byte)'B': Push(reader.Bytes(reader.UInt32(), MostText)); break;
            case (byte)'C': Push(reader.Bytes(reader.Byte(), MostText)); break;
            case (byte)'}': Push(new PickleDict()); break;
            case (byte)'d': PushDict(PopToMark()); break;
            case (byte)'s': AddItems([Pop(), Pop()], reversed: true); break;
            case (byte)'u': AddItems(PopToMark(), reversed: false); break;
            case (byte)']': Push(new List<object?>()); break;
            case (byte)'l': Push(PopToMark().ToList()); break;
            case (byte)'a': var item = Pop(); TopList().Add(item); break;
            case (byte)'e': var items = PopToMark(); TopList().AddRange(items); break;
            case (byte)')': Push(new PickleTuple([])); break;
            case (byte)'t': Push(new PickleTuple([.. PopToMark()])); break;
            case 0x85: Push(new PickleTuple([Pop()])); break;
            case 0x86: PushTuple(2); break;
            case 0x87: PushTuple(3); break;
            case (byte)'p': _memo[Whole(Number(Line()))] = Peek(); break;
            case (byte)'q': _memo[reader.Byte()] = Peek(); break;
            case (byte)'r': _memo[reader.UInt32()] = Peek(); break;
            case 0x94: _memo[_memo.Count] = Peek(); break; // MEMOIZE
            case (byte)'g': Push(Remembered(Whole(Number(Line())))); break;
            case (byte)'h': Push(Remembered(reader.Byte())); break;
            case (byte)'j': Push(Remembered(reader.UInt32())); break;
            case (byte)'c': Push(Global(Line(), Line())); break;
            case 0x93: // STACK_GLOBAL
                var (name, module) = (Pop(), Pop());
                Push(Global(module as string ?? "?", name as string ?? "?"));
                break;
            case (byte)'Q': Push(Storage(Pop())); break; // BINPERSID
            case (byte)'R': var arguments = Pop(); Push(Call(Pop(), arguments)); break;
            case (byte)'b': Build(); break;
            default:
                throw reader.Damaged($"the pickle opcode 0x{code:x2}, which no state dict has");
        }
    }

    private PickleGlobal Global(string module, string name)
    {
        string full = $"{module}.{name}";
        if (!Allowed.Contains(full))
            throw new PixelNetException($"{source} asks for '{WeightFile.Shorten(full)}', which weights do not need and which is therefore refused (nothing was executed); save the state dict alone: torch.save(model.state_dict(), FILE)");
        return new PickleGlobal(full);
    }

    private object? Call(object? function, object? arguments)
    {
        if (function is not PickleGlobal { Name: var name } || arguments is not PickleTuple { Items: var items }) throw reader.Damaged("a call of something that is no function");
        switch (name)
        {
            case "collections.OrderedDict":
                var dict = new PickleDict();
                if (items.Length > 0 && items[0] is List<object?> pairs)
                {
                    foreach (object? pair in pairs)
                    {
                        if (pair is PickleTuple { Items: [var key, var value] }) dict.Items.Add((key, value));
                        else if (pair is List<object?> { Count: 2 } list) dict.Items.Add((list[0], list[1]));
                        else throw reader.Damaged("an OrderedDict of something other than pairs");
                    }
                }
                return dict;
            case "torch.Size":
                return items is [PickleTuple size] ? size : throw reader.Damaged("a torch.Size of something other than a tuple");
            case "torch._utils._rebuild_parameter":
                return items is [PickleTensor tensor, ..] ? tensor : throw reader.Damaged("a parameter that is no tensor");
            case "torch._utils._rebuild_tensor" or "torch._utils._rebuild_tensor_v2":
                if (items is not [PickleStorage storage, long offset, PickleTuple { Items: var shape }, PickleTuple { Items: var strides }, ..] || shape.Length != strides.Length || shape.Length > StridedView.MaxRank)
                    throw reader.Damaged("a tensor without storage, offset, size and strides");
                return new PickleTensor(storage, new StridedView([.. shape.Select(Whole)], [.. strides.Select(Whole)], checked(offset <= long.MaxValue / 2 && offset >= 0 ? offset + storage.Offset : throw reader.Damaged("a tensor's offset out of range"))));
            default:
                throw reader.Damaged($"a call of '{name}'");
        }
    }

    // ('storage', type, key, location, elements[, view]): what torch.save calls its persistent ids.
    private PickleStorage Storage(object? id)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal { Name: var type }, string key, _, long elements, ..] items } || elements < 0 || !type.EndsWith("Storage", StringComparison.Ordinal))
            throw reader.Damaged("a reference to something other than a storage");
        long offset = 0;
        if (items.Length > 5 && items[5] is PickleTuple { Items: [string, long first, long, ..] }) offset = first is >= 0 and <= 1L << 48 ? first : throw reader.Damaged("a storage's view out of range");
        return new PickleStorage(type["torch.".Length..], key, elements, offset);
    }

    // OrderedDict's attributes (a state dict's _metadata) carry no weights.
    private void Build()
    {
        Pop();
        if (Peek() is not PickleDict) throw reader.Damaged("attributes of something other than a dict");
    }

    private void PushDict(List<object?> items)
    {
        Push(new PickleDict());
        AddItems(items, reversed: false);
    }

    private void AddItems(List<object?> items, bool reversed)
    {
        if (Peek() is not PickleDict dict || items.Count % 2 != 0) throw reader.Damaged("items for something other than a dict");
        for (int i = 0; i < items.Count; i += 2) dict.Items.Add(reversed ? (items[i + 1], items[i]) : (items[i], items[i + 1]));
    }

    private void PushTuple(int count)
    {
        var items = new object?[count];
        for (int i = count - 1; i >= 0; i--) items[i] = Pop();
        Push(new PickleTuple(items));
    }

    private object? Remembered(long key) => _memo.TryGetValue(key, out object? value) ? value : throw reader.Damaged($"the memo {key}, which was never set");

    private List<object?> TopList() => Peek() as List<object?> ?? throw reader.Damaged("an item for something other than a list");

    private void Push(object? value) => _stack.Add(value);

    private object? Peek() => _stack.Count > 0 && _stack[^1] != Mark ? _stack[^1] : throw reader.Damaged("an empty stack");

    private object? Pop()
    {
        object? value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    /// <summary>What lies above the last mark, in order; the list is reused.</summary>
    private List<object?> PopToMark()
    {
        int mark = _stack.LastIndexOf(Mark);
        if (mark < 0) throw reader.Damaged("a list without its beginning");
        _popped.Clear();
        for (int i = mark + 1; i < _stack.Count; i++) _popped.Add(_stack[i]);
        _stack.RemoveRange(mark, _stack.Count - mark);
        return _popped;
    }

    private string Line()
    {
        var text = new System.Text.StringBuilder();
        for (; ; )
        {
            byte letter = reader.Byte();
            if (letter == (byte)'\n') return text.ToString().TrimEnd('\r');
            if (text.Length == MostText) throw reader.Damaged("a line that does not end");
            text.Append((char)letter);
        }
    }

    private object Number(string text) => BigInteger.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && text.Length <= 80
        ? Narrow(number) : throw reader.Damaged("a number that is none");

    // Numbers beyond 64 bits occur (legacy files begin with one of 80 bits) but never as an extent.
    private static object Long(byte[] bytes) => Narrow(new BigInteger(bytes));

    private static object Narrow(BigInteger number) => number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number;

    private long Whole(object? value) => value is long number ? number : throw reader.Damaged("something other than a whole number");

    private long Size(ulong size) => size <= MostText ? (long)size : throw reader.Damaged($"a text of {size:N0} bytes");
}
