namespace PixelNet.Native.Cuda.Kernels;

/// <summary>One pass of an op, or one part of it: the kernels that can do it, the simplest first.</summary>
public abstract class KernelPass
{
    private protected KernelPass(string name) => Name = name;

    /// <summary>Such as <c>max_pool2d_forward</c>; the names of its entries begin with it.</summary>
    public string Name { get; }

    /// <summary>The entries.</summary>
    public abstract IReadOnlyList<KernelEntry> Entries { get; }

    /// <summary>The fp32 entry that is used if nothing else is said.</summary>
    public abstract KernelEntry DefaultEntry { get; }

    /// <summary>The entry of this precision that is used if nothing else is said; in TF32 the highest such rung, or, if there is none, fp32's.</summary>
    public KernelEntry Default(Precision precision) => precision == Precision.Tf32 ? Entries.LastOrDefault(entry => entry.IsTf32) ?? DefaultEntry : DefaultEntry;

    /// <summary>The last of the named entries that is one of this pass, else the default of the precision.</summary>
    public KernelEntry Choose(Precision precision, IReadOnlyList<string> named) =>
        named.Select(name => Entries.FirstOrDefault(entry => entry.Name == name)).LastOrDefault(entry => entry is not null) ?? Default(precision);

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A pass whose launch shapes depend on <typeparamref name="TSizes"/>.</summary>
public sealed class KernelPass<TSizes> : KernelPass
{
    private readonly KernelEntry<TSizes>[] _entries;
    private readonly KernelEntry<TSizes> _default;

    /// <summary>A pass.</summary>
    /// <param name="name">Such as <c>max_pool2d_forward</c>.</param>
    /// <param name="defaultEntry">The fp32 entry that is used if nothing else is said.</param>
    /// <param name="entries">All entries.</param>
    public KernelPass(string name, string defaultEntry, params KernelEntry<TSizes>[] entries) : base(name)
    {
        foreach (var entry in entries)
            if (!entry.Name.StartsWith(name + "_", StringComparison.Ordinal)) throw new ArgumentException($"'{entry}' is no kernel of the pass '{name}'");
        _entries = entries;
        _default = Find(defaultEntry) ?? throw new ArgumentException($"the pass '{name}' has no kernel '{defaultEntry}'");
    }

    /// <inheritdoc/>
    public override IReadOnlyList<KernelEntry> Entries => _entries;

    /// <inheritdoc/>
    public override KernelEntry DefaultEntry => _default;

    /// <summary>The kernel of that name, or null.</summary>
    public KernelEntry<TSizes>? Find(string entry) => Array.Find(_entries, candidate => candidate.Name == entry);
}
