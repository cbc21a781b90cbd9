using PixelNet.Native.Backends.Cpu;
using Xunit;

namespace PixelNet.Native.Backends.Tests.Cpu;

public sealed unsafe class DropoutMaskTests
{
    [Theory]
    [InlineData(0, 64)]
    [InlineData(4, 67)]
    [InlineData(3, 130)]
    [InlineData(17, 32)]
    [InlineData((1L << 34) - 64, 128)] // the block's low word wraps
    public void Every_element_takes_its_own_word_of_philox(long first, int count)
    {
        const ulong seed = 0x123456789ABCDEF0, step = 0x700000005;
        const int stream = 3;
        const float p = 0.4f;
        uint threshold = Philox.DropoutThreshold(p);
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = i + 1;
        fixed (float* pointer = values)
            new DropoutMask(seed, step, stream, threshold, 2).Apply(pointer, (ulong)first, count);
        int dropped = 0;
        for (int i = 0; i < count; i++)
        {
            ulong element = (ulong)(first + i);
            var words = Philox.Dropout(seed, step, stream, element / 4);
            uint word = (element % 4) switch { 0 => words.X0, 1 => words.X1, 2 => words.X2, _ => words.X3 };
            Assert.Equal(word < threshold ? 0 : 2 * (i + 1), values[i]);
            if (values[i] == 0) dropped++;
        }
        Assert.InRange(dropped, 0.15 * count, 0.65 * count);
    }
}
