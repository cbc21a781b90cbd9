namespace PixelNet.Native.Data.Weights.Formats;

/// <summary>A name such as <c>torch.FloatStorage</c> in a pickle; never looked up, never called.</summary>
internal sealed record PickleGlobal(string Name);

/// <summary>What a state dict's <c>persistent_id</c> stands for: a storage that lies elsewhere in the file.</summary>
/// <param name="TypeName">Such as <c>FloatStorage</c>.</param>
/// <param name="Key">Its name.</param>
/// <param name="Elements">How many elements it has.</param>
/// <param name="Offset">First element, where it is a part of the storage (PyTorch before 1.0).</param>
internal sealed record PickleStorage(string TypeName, string Key, long Elements, long Offset = 0);

/// <summary>A tensor: a view of a storage.</summary>
internal sealed record PickleTensor(PickleStorage Storage, StridedView View);

/// <summary>A tuple.</summary>
internal sealed class PickleTuple(object?[] items)
{
    public object?[] Items => items;
}

/// <summary>A dict or an OrderedDict. Keys are kept as they come; only those that are text matter.</summary>
internal sealed class PickleDict
{
    public List<(object? Key, object? Value)> Items { get; } = [];
}
