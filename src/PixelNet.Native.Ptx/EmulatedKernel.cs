using PixelNet.Native.Ptx.Execution;

namespace PixelNet.Native.Ptx;

/// <summary>A kernel loaded on a device, ready to launch.</summary>
public sealed class EmulatedKernel
{
    internal EmulatedKernel(EmulatedDevice device, KernelProgram program)
    {
        Device = device;
        Program = program;
    }

    /// <summary>Name and parameters.</summary>
    public PtxEntry Entry => Program.Entry;

    /// <summary>Static shared memory in bytes.</summary>
    public int StaticSharedBytes => Program.SharedBytes;

    /// <summary>Local memory of a thread in bytes.</summary>
    public int LocalBytes => Program.LocalBytes;

    internal EmulatedDevice Device { get; }

    internal KernelProgram Program { get; }
}

/// <summary>A module loaded on a device: its variables have memory there.</summary>
public sealed class LoadedModule
{
    private readonly Dictionary<string, EmulatedKernel> kernels;
    private readonly Dictionary<string, Allocation> variables;

    internal LoadedModule(PtxModule module, Dictionary<string, EmulatedKernel> kernels, Dictionary<string, Allocation> variables)
    {
        Module = module;
        this.kernels = kernels;
        this.variables = variables;
    }

    /// <summary>The module's text form.</summary>
    public PtxModule Module { get; }

    internal IEnumerable<Allocation> Allocations => variables.Values;

    /// <summary>A kernel by name.</summary>
    /// <param name="name">Entry name.</param>
    /// <returns>The kernel.</returns>
    /// <exception cref="PtxException">There is no such kernel; the message lists those that are.</exception>
    public EmulatedKernel GetKernel(string name)
    {
        if (kernels.TryGetValue(name, out var kernel)) return kernel;
        string known = kernels.Count == 0 ? "it has none" : "it has " + string.Join(", ", kernels.Keys.Take(20));
        throw new PtxException($"The module has no kernel '{name}'; {known}.");
    }

    /// <summary>Address and size of a <c>.global</c> or <c>.const</c> variable.</summary>
    /// <param name="name">Variable's name.</param>
    /// <returns>Device address and bytes.</returns>
    /// <exception cref="PtxException">There is no such variable.</exception>
    public (ulong Address, long Bytes) GetGlobal(string name) =>
        variables.TryGetValue(name, out var allocation) ? (allocation.Address, allocation.Bytes)
            : throw new PtxException($"The module has no variable '{name}'.");
}
