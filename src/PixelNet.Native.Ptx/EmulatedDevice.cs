using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PixelNet.Native.Ptx.Execution;
using PixelNet.Native.Ptx.Tracing;

namespace PixelNet.Native.Ptx;

/// <summary>
/// An emulated GPU: a flat address space with unmapped gaps around every allocation, and launches that run a kernel's PTX warp by warp.
/// One launch at a time; not safe for use from several threads.
/// </summary>
public sealed class EmulatedDevice : IDisposable
{
    /// <summary>Warp instructions that a launch may execute if nothing else is said.</summary>
    public const long DefaultInstructionLimit = 100_000_000_000;

    private readonly DeviceMemory memory;
    private bool isDisposed;

    /// <summary>A device with the default limits.</summary>
    public EmulatedDevice() : this(new EmulatedDeviceOptions())
    {
    }

    /// <summary>A device with given limits.</summary>
    /// <param name="options">The limits.</param>
    public EmulatedDevice(EmulatedDeviceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        memory = new DeviceMemory(options.MemoryBytes);
    }

    /// <summary>The limits.</summary>
    public EmulatedDeviceOptions Options { get; }

    /// <summary>Allocates device memory, filled with NaN patterns (0xFF) and marked as unwritten.</summary>
    /// <param name="bytes">Size; addresses are multiples of 256.</param>
    /// <param name="name">Name for messages.</param>
    /// <returns>Device address.</returns>
    /// <exception cref="PtxException">The device's memory is used up.</exception>
    public ulong Allocate(long bytes, string name = "")
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        return memory.Allocate(bytes, name).Address;
    }

    /// <summary>Frees an allocation; its addresses are never used again.</summary>
    /// <param name="address">What <see cref="Allocate"/> returned.</param>
    /// <exception cref="PtxException">That is no allocation.</exception>
    public void Free(ulong address) => memory.Free(address);

    /// <summary>Copies host bytes to the device.</summary>
    /// <param name="address">Device address, anywhere in an allocation.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="PtxException">The range is not within one allocation.</exception>
    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        bytes.CopyTo(Range(address, bytes.Length, out var allocation));
        allocation.Initialised.Set((long)(address - allocation.Address), bytes.Length);
    }

    /// <summary>Copies host elements to the device.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="address">Device address.</param>
    /// <param name="elements">The elements.</param>
    public void Write<T>(ulong address, ReadOnlySpan<T> elements) where T : unmanaged => Write(address, MemoryMarshal.AsBytes(elements));

    /// <summary>Copies device bytes to the host.</summary>
    /// <param name="address">Device address, anywhere in an allocation.</param>
    /// <param name="bytes">Where to.</param>
    /// <exception cref="PtxException">The range is not within one allocation.</exception>
    public void Read(ulong address, Span<byte> bytes)
    {
        if (!bytes.IsEmpty) Range(address, bytes.Length, out _).CopyTo(bytes);
    }

    /// <summary>Copies device elements to the host.</summary>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="address">Device address.</param>
    /// <param name="elements">Where to.</param>
    public void Read<T>(ulong address, Span<T> elements) where T : unmanaged => Read(address, MemoryMarshal.AsBytes(elements));

    /// <summary>Fills device memory with a byte.</summary>
    /// <param name="address">Device address.</param>
    /// <param name="value">The byte.</param>
    /// <param name="bytes">How many.</param>
    /// <exception cref="PtxException">The range is not within one allocation.</exception>
    public void Fill(ulong address, byte value, long bytes)
    {
        for (long done = 0; done < bytes;)
        {
            int part = (int)Math.Min(bytes - done, 1 << 30);
            Range(address + (ulong)done, part, out var allocation).Fill(value);
            allocation.Initialised.Set((long)(address - allocation.Address) + done, part);
            done += part;
        }
    }

    /// <summary>Loads a module: gives its variables memory and initial values and makes its kernels ready.</summary>
    /// <param name="module">The module.</param>
    /// <returns>The loaded module.</returns>
    public LoadedModule Load(PtxModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var variables = new Dictionary<string, Allocation>(StringComparer.Ordinal);
        foreach (var variable in module.Variables)
        {
            if (variable.Space == Parsing.StateSpace.Shared || variable.IsExtern) continue;
            var allocation = memory.Allocate(variable.Bytes, variable.Name);
            Fill(allocation.Address, 0, variable.Bytes);
            Write(allocation.Address, variable.Initial);
            variables.Add(variable.Name, allocation);
        }
        Span<byte> address = stackalloc byte[8];
        foreach (var variable in module.Variables)
        {
            foreach (var (at, symbol, addend) in variable.Relocations)
            {
                if (!variables.TryGetValue(symbol, out var target)) throw new PtxException(variable.Line, $"'{symbol}', whose address '{variable.Name}' holds, is no variable in global memory.");
                BinaryPrimitives.WriteUInt64LittleEndian(address, target.Address + (ulong)addend);
                Write(variables[variable.Name].Address + (ulong)at, address);
            }
        }
        var kernels = new Dictionary<string, EmulatedKernel>(StringComparer.Ordinal);
        foreach (var entry in module.Entries)
        {
            var program = Translator.Translate(module, module.Functions[entry.Name], name => variables.TryGetValue(name, out var a) ? a.Address : null);
            kernels.Add(entry.Name, new EmulatedKernel(this, program));
        }
        return new LoadedModule(module, kernels, variables);
    }

    /// <summary>Frees the memory of a module's variables.</summary>
    /// <param name="module">The module; its kernels must not be launched afterwards.</param>
    public void Unload(LoadedModule module)
    {
        ArgumentNullException.ThrowIfNull(module);
        foreach (var allocation in module.Allocations) memory.Free(allocation.Address);
    }

    /// <summary>Runs a kernel to its end.</summary>
    /// <param name="kernel">The kernel, loaded on this device.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="block">Threads of a block.</param>
    /// <param name="parameters">The parameter block, laid out as <see cref="PtxEntry.Parameters"/> says.</param>
    /// <param name="dynamicSharedBytes">Dynamic shared memory of a block.</param>
    /// <param name="observers">What to watch.</param>
    /// <param name="seed">Order of blocks and warps; 0 runs them by index.</param>
    /// <param name="instructionLimit">Warp instructions after which the launch is given up.</param>
    /// <returns>What happened; see <see cref="LaunchReport.Fault"/>.</returns>
    /// <exception cref="PtxException">The shape, the shared memory or the parameter block is not possible; nothing ran.</exception>
    public LaunchReport Launch(EmulatedKernel kernel, Dim3 grid, Dim3 block, ReadOnlySpan<byte> parameters, int dynamicSharedBytes = 0,
        Observers observers = Observers.None, ulong seed = 0, long instructionLimit = DefaultInstructionLimit)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        LaunchChecks.Check(this, kernel, grid, block, parameters.Length, dynamicSharedBytes);
        var program = kernel.Program;
        var tracer = observers == Observers.None ? null : new Tracer(observers);
        // What an unobserved kernel writes is not noted, so from then on nothing counts as unwritten.
        if (tracer is null || !observers.HasFlag(Observers.Initialisation))
        {
            foreach (var allocation in memory.Allocations) allocation.Initialised.SetAll();
        }
        program.ResetCounters();
        using var launch = new Launch(program, memory, grid, block, program.SharedBytes + dynamicSharedBytes, parameters, tracer, instructionLimit, seed);
        Finding? fault = null;
        try
        {
            launch.Run();
        }
        catch (LaunchFault stopped)
        {
            fault = stopped.Finding;
        }
        var findings = tracer?.Findings.ToList() ?? [];
        if (fault is not null) findings.Add(fault);
        var counters = observers.HasFlag(Observers.Counters) ? program.Counters() : [];
        return new LaunchReport(program.Entry.Name, launch.Instructions, findings, fault, counters);
    }

    private unsafe Span<byte> Range(ulong address, int bytes, out Allocation allocation)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        allocation = memory.Find(address) ?? throw new PtxException($"0x{address:x} is in no allocation.");
        ulong offset = address - allocation.Address;
        if ((ulong)allocation.Bytes - offset < (ulong)bytes)
            throw new PtxException($"{bytes} bytes at 0x{address:x} reach beyond the allocation of {allocation.Bytes} bytes at 0x{allocation.Address:x}.");
        return new Span<byte>(allocation.Host + offset, bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isDisposed) return;
        isDisposed = true;
        memory.Dispose();
    }
}
