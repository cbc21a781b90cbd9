using Xunit;

namespace PixelNet.Native.Cli.Tests;

public class ProgramTests
{
    [Fact]
    public void Exit_codes_are_those_of_the_design()
    {
        Assert.Equal((0, 1, 2), (ExitCodes.Ok, ExitCodes.Failed, ExitCodes.WrongCall));
    }
}
