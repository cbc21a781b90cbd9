// The machine code of the emulator: each translated instruction points at a method that executes it for one warp.
global using unsafe Run = delegate*<PixelNet.Native.Ptx.Execution.Warp, PixelNet.Native.Ptx.Execution.Op, void>;
