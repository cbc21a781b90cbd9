namespace PixelNet.Native.Ptx.Execution;

/// <summary>What a driver refuses before it runs anything.</summary>
internal static class LaunchChecks
{
    public static void Check(EmulatedDevice device, EmulatedKernel kernel, Dim3 grid, Dim3 block, int parameterBytes, int dynamicSharedBytes)
    {
        string name = kernel.Entry.Name;
        if (kernel.Device != device) throw new PtxException($"The kernel '{name}' is loaded on another device.");
        if (grid.X < 1 || grid.Y < 1 || grid.Z < 1 || grid.Y > 65535 || grid.Z > 65535 || grid.Count > int.MaxValue)
            throw new PtxException($"The grid {grid} of '{name}' is not possible: extents go from 1 to 2147483647, 65535, 65535.");
        if (block.X < 1 || block.Y < 1 || block.Z < 1 || block.X > 1024 || block.Y > 1024 || block.Z > 64 || block.Count > device.Options.ThreadsPerBlock)
            throw new PtxException($"The block {block} of '{name}' is not possible: extents go to 1024, 1024, 64 and threads to {device.Options.ThreadsPerBlock}.");
        var function = kernel.Program.Function;
        if (function.MaxThreads > 0 && block.Count > function.MaxThreads)
            throw new PtxException($"The block {block} of '{name}' has more threads than its .maxntid of {function.MaxThreads}.");
        if (function.IsShapeRequired && (block.X, block.Y, block.Z) != (function.RequiredShape[0], function.RequiredShape[1], function.RequiredShape[2]))
            throw new PtxException($"The block {block} of '{name}' is not the shape that its .reqntid demands.");
        long shared = (long)kernel.StaticSharedBytes + dynamicSharedBytes;
        if (dynamicSharedBytes < 0 || shared > device.Options.SharedBytesPerBlock)
            throw new PtxException($"'{name}' needs {shared} bytes of shared memory; a block has at most {device.Options.SharedBytesPerBlock}.");
        if (parameterBytes != kernel.Entry.ParameterBytes)
            throw new PtxException($"The parameter block of '{name}' has {parameterBytes} bytes, expected {kernel.Entry.ParameterBytes}.");
    }
}
