global using PixelNet.Native.Ptx.Tracing;
global using Xunit;
