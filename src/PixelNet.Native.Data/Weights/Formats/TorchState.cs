namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>Finds the tensors of a state dict in what a pickle holds: at the top, or under <c>state_dict</c>, <c>model</c> and the like, as deep as
/// training programs wrap it.</summary>
internal static class TorchState
{
    private const int MostDepth = 4;

    /// <summary>Names and tensors; nested dicts of tensors get their keys before the name, except the usual wrappers.</summary>
    /// <exception cref="PixelNetException">There is no tensor.</exception>
    public static List<(string Name, PickleTensor Tensor)> Find(object? root, string source)
    {
        var found = new List<(string, PickleTensor)>();
        if (root is not PickleDict dict) throw new PixelNetException($"{source} holds {Kind(root)}, not a dict of tensors; save the state dict: torch.save(model.state_dict(), FILE)");
        Walk(dict, "", 0, found, new HashSet<PickleDict>(ReferenceEqualityComparer.Instance));
        return found;
    }

    /// <summary>How a storage's numbers are stored.</summary>
    public static ElementCode Code(string storageType) => storageType switch
    {
        "FloatStorage" => ElementCode.F32,
        "DoubleStorage" => ElementCode.F64,
        "HalfStorage" => ElementCode.F16,
        "BFloat16Storage" => ElementCode.BF16,
        _ => ElementCode.Other,
    };

    /// <summary>Bytes of a storage's element.</summary>
    public static int Bytes(string storageType) => storageType switch
    {
        "DoubleStorage" or "LongStorage" => 8,
        "FloatStorage" or "IntStorage" => 4,
        "HalfStorage" or "BFloat16Storage" or "ShortStorage" => 2,
        _ => 1,
    };

    private static void Walk(PickleDict dict, string prefix, int depth, List<(string, PickleTensor)> found, HashSet<PickleDict> seen)
    {
        if (depth > MostDepth || !seen.Add(dict)) return;
        foreach (var (key, value) in dict.Items)
        {
            if (key is not string name) continue;
            if (value is PickleTensor tensor) found.Add((prefix + name, tensor));
            else if (value is PickleDict inner && name is not ("optimizer" or "optimizer_state_dict")) Walk(inner, name is "state_dict" or "model_state_dict" or "model" ? prefix : $"{prefix}{name}.", depth + 1, found, seen);
        }
    }

    private static string Kind(object? value) => value switch
    {
        null => "nothing",
        PickleTensor => "a single tensor",
        List<object?> or PickleTuple => "a list",
        _ => "a plain value",
    };
}
