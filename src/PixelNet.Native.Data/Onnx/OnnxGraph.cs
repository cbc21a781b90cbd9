using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace PixelNet.Native.Data.Onnx;

/// <summary>
/// An ONNX model as it is put together: nodes in the order in which they run, constants, inputs and outputs. Written by the field numbers of
/// <c>onnx.proto</c>: ModelProto {ir_version 1, producer_name 2, producer_version 3, doc_string 6, graph 7, opset_import 8, metadata_props 14}, GraphProto {node 1,
/// name 2, initializer 5, input 11, output 12}. The numbers of large constants are written as they are read; they are never in memory all at once.
/// </summary>
/// <param name="name">Name of the graph.</param>
internal sealed class OnnxGraph(string name)
{
    /// <summary>The version of the operators: GridSample, Resize 13, Pad 13, BatchNormalization 15 belong to it.</summary>
    public const int Opset = 17;

    private const int IrVersion = 8, FloatType = 1, UInt8Type = 2, Int64Type = 7;
    private const int GraphNode = 1, GraphName = 2, GraphInitializer = 5, GraphInput = 11, GraphOutput = 12, ModelGraph = 7, TensorRawData = 9;

    private readonly List<byte[]> _nodes = [], _inputs = [], _outputs = [];
    private readonly List<Constant> _constants = [];
    private readonly List<(string Key, string Value)> _metadata = [];

    private sealed record Constant(byte[] Head, long Length, Action<Stream> Write)
    {
        public long Size => Head.Length + OnnxMessage.SizeOf(TensorRawData, Length);
    }

    /// <summary>Adds a node; its output has its name.</summary>
    /// <returns>The name.</returns>
    public string Node(string type, string output, IEnumerable<string> inputs, params (string Name, object Value)[] attributes)
    {
        _nodes.Add(OnnxMessage.Of(node =>
        {
            foreach (string input in inputs) node.Text(1, input);
            node.Text(2, output);
            node.Text(3, output);
            node.Text(4, type);
            foreach (var (key, value) in attributes) node.Message(5, Attribute(key, value));
        }));
        return output;
    }

    /// <summary>Adds a constant of floats, little endian and row-major; <paramref name="write"/> is called by <see cref="WriteTo"/>.</summary>
    /// <returns>Its name.</returns>
    public string Floats(string name, ReadOnlySpan<long> shape, Action<Stream> write)
    {
        long count = 1;
        foreach (long extent in shape) count *= extent;
        _constants.Add(new Constant(Head(name, FloatType, shape), sizeof(float) * count, write));
        return name;
    }

    /// <summary>Adds a constant of floats.</summary>
    public string Floats(string name, ReadOnlySpan<long> shape, params float[] values) => Floats(name, shape, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));

    /// <summary>Adds a constant vector of whole numbers.</summary>
    public string Integers(string name, params long[] values)
    {
        _constants.Add(new Constant(Head(name, Int64Type, [values.Length]), sizeof(long) * values.Length, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan()))));
        return name;
    }

    /// <summary>Adds an input of bytes; extents are numbers, or names of what is only known when it runs.</summary>
    public string ByteInput(string name, params object[] shape)
    {
        _inputs.Add(Value(name, UInt8Type, shape));
        return name;
    }

    /// <summary>Declares a node's output to be one of the model, of floats.</summary>
    public void FloatOutput(string name, params object[] shape) => _outputs.Add(Value(name, FloatType, shape));

    /// <summary>Declares a node's output to be one of the model, of bytes.</summary>
    public void ByteOutput(string name, params object[] shape) => _outputs.Add(Value(name, UInt8Type, shape));

    /// <summary>Adds a text that travels with the model.</summary>
    public void Metadata(string key, string value) => _metadata.Add((key, value));

    /// <summary>Writes the model.</summary>
    /// <exception cref="PixelNetException">It is larger than 2 GiB, which Protocol Buffers do not hold.</exception>
    public void WriteTo(Stream stream)
    {
        long size = OnnxMessage.SizeOf(GraphName, System.Text.Encoding.UTF8.GetByteCount(name))
            + _nodes.Sum(node => OnnxMessage.SizeOf(GraphNode, node.Length)) + _constants.Sum(constant => OnnxMessage.SizeOf(GraphInitializer, constant.Size))
            + _inputs.Sum(input => OnnxMessage.SizeOf(GraphInput, input.Length)) + _outputs.Sum(output => OnnxMessage.SizeOf(GraphOutput, output.Length));
        if (size > int.MaxValue - (1 << 20))
            throw new PixelNetException($"The network has {size:N0} bytes, more than the 2 GiB that an ONNX file holds; export it as --safetensors, or train a narrower one");
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        output.Number(1, IrVersion);
        output.Text(2, "PixelNet.Native");
        output.Text(3, typeof(OnnxGraph).Assembly.GetName().Version?.ToString(3) ?? "");
        output.Message(8, OnnxMessage.Of(opset => opset.Number(2, Opset)));
        foreach (var (key, value) in _metadata)
        {
            output.Message(14, OnnxMessage.Of(entry =>
            {
                entry.Text(1, key);
                entry.Text(2, value);
            }));
        }
        output.Begin(ModelGraph, (int)size);
        output.Text(GraphName, name);
        foreach (byte[] node in _nodes) output.Message(GraphNode, node);
        foreach (byte[] input in _inputs) output.Message(GraphInput, input);
        foreach (byte[] value in _outputs) output.Message(GraphOutput, value);
        foreach (var constant in _constants)
        {
            output.Begin(GraphInitializer, (int)constant.Size);
            output.Flush();
            stream.Write(constant.Head);
            output.Begin(TensorRawData, (int)constant.Length);
            output.Flush();
            constant.Write(stream);
        }
    }

    // TensorProto: dims 1, data_type 2, name 8, raw_data 9.
    private static byte[] Head(string name, int type, ReadOnlySpan<long> shape)
    {
        long[] extents = shape.ToArray();
        return OnnxMessage.Of(tensor =>
        {
            foreach (long extent in extents) tensor.Number(1, extent);
            tensor.Number(2, type);
            tensor.Text(8, name);
        });
    }

    // ValueInfoProto: name 1, type 2 {tensor_type 1 {elem_type 1, shape 2 {dim 1 {dim_value 1 | dim_param 2}}}}.
    private static byte[] Value(string name, int type, object[] shape)
    {
        byte[] extents = OnnxMessage.Of(message =>
        {
            foreach (object extent in shape)
            {
                message.Message(1, OnnxMessage.Of(dimension =>
                {
                    if (extent is string symbol) dimension.Text(2, symbol);
                    else dimension.Number(1, Convert.ToInt64(extent, CultureInfo.InvariantCulture));
                }));
            }
        });
        byte[] tensor = OnnxMessage.Of(message =>
        {
            message.Number(1, type);
            message.Message(2, extents);
        });
        return OnnxMessage.Of(value =>
        {
            value.Text(1, name);
            value.Message(2, OnnxMessage.Of(message => message.Message(1, tensor)));
        });
    }

    // AttributeProto: name 1, f 2, i 3, s 4, ints 8, type 20 (FLOAT 1, INT 2, STRING 3, INTS 7).
    private static byte[] Attribute(string name, object value) => OnnxMessage.Of(attribute =>
    {
        attribute.Text(1, name);
        switch (value)
        {
            case float real:
                attribute.Real(2, real);
                attribute.Number(20, 1);
                break;
            case int number:
                attribute.Number(3, number);
                attribute.Number(20, 2);
                break;
            case string text:
                attribute.Text(4, text);
                attribute.Number(20, 3);
                break;
            case int[] numbers:
                foreach (int number in numbers) attribute.Number(8, number);
                attribute.Number(20, 7);
                break;
            default:
                throw new ArgumentException($"attribute {name} is a {value.GetType().Name}");
        }
    });
}
