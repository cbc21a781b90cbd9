using System.Text.RegularExpressions;

namespace PixelNet.Native.Cuda.Kernels;

/// <summary>
/// One <c>.entry</c> of the PTX: a rung of a pass. Named <c>&lt;op&gt;_&lt;pass&gt;[_&lt;type&gt;]_v&lt;rung&gt;</c>; no type = fp32.
/// </summary>
public abstract partial class KernelEntry
{
    private protected KernelEntry(string name, IReadOnlyList<KernelParameter> parameters)
    {
        if (!NamePattern().IsMatch(name)) throw new ArgumentException($"the kernel '{name}' is not named <op>_<pass>[_<type>]_v<rung>");
        (Name, Parameters) = (name, parameters);
    }

    /// <summary>The entry's name, such as <c>linear_forward_tf32_v2</c>.</summary>
    public string Name { get; }

    /// <summary>Parameters in order.</summary>
    public IReadOnlyList<KernelParameter> Parameters { get; }

    /// <summary>Whether it multiplies in TF32.</summary>
    public bool IsTf32 => Name.Contains("_tf32_", StringComparison.Ordinal);

    /// <summary>Number of the rung, from 1.</summary>
    public int Rung => int.Parse(Name.AsSpan(Name.LastIndexOf('v') + 1));

    /// <inheritdoc/>
    public override string ToString() => Name;

    [GeneratedRegex("^[a-z0-9_]+_v[1-9][0-9]*$")]
    private static partial Regex NamePattern();
}

/// <summary>An entry with its launch rule.</summary>
/// <typeparam name="TSizes">What the launch shape depends on.</typeparam>
/// <param name="name">The entry's name.</param>
/// <param name="shape">Grid, block and dynamic shared memory for given sizes.</param>
/// <param name="parameters">Parameters in order.</param>
public sealed class KernelEntry<TSizes>(string name, Func<TSizes, LaunchShape> shape, params IReadOnlyList<KernelParameter> parameters)
    : KernelEntry(name, parameters)
{
    /// <summary>Grid, block and dynamic shared memory for given sizes.</summary>
    public Func<TSizes, LaunchShape> Shape { get; } = shape;
}
