using System.Text.Json;
using PixelNet.Native.Backends.Reference;
using PixelNet.Native.Diagnostics;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>pixelnet gradcheck</c> as users run it.</summary>
public class GradCheckTests
{
    [Fact]
    public void Slopes_are_shown_op_by_op_with_the_files_that_hold_formula_and_loops()
    {
        var (exit, output, errors) = PixelnetProcess.Run("gradcheck", "--op", "MaxPool2d", "--op", "dropout", "--elements", "30");
        Assert.True(exit == 0, output + errors);
        Assert.Contains("MaxPool2d   formula and derivation: src/PixelNet.Native/Layers/MaxPool2d.cs   loops: src/PixelNet.Native/Backends/Reference/ReferenceBackend.MaxPool2d.cs", output, StringComparison.Ordinal);
        Assert.Matches(@"ties everywhere\r?\n +dx +30 of 1632 elements  error +\S+E-\d+  limit  1.0E-6  ok +\d+ at a tie", output);
        Assert.Contains("Layers/Dropout.cs", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Conv2d", output, StringComparison.Ordinal);
        Assert.Matches(@"\d+ cases of 2 ops, \d+ tensors, \d+ elements: all passed", output);
    }

    [Fact]
    public void A_float_backend_is_compared_with_double_and_the_json_stands_alone()
    {
        var (exit, output, errors) = PixelnetProcess.Run("gradcheck", "--op", "Linear", "--op", "SgdMomentum", "--backend", "cpu", "--json", "-");
        Assert.True(exit == 0, output + errors);
        using var json = JsonDocument.Parse(output);
        Assert.True(json.RootElement.GetProperty("passed").GetBoolean());
        Assert.Equal("cpu", json.RootElement.GetProperty("backend").GetString());
        var tensors = json.RootElement.GetProperty("tensors").EnumerateArray().ToArray();
        Assert.Contains(tensors, tensor => tensor.GetProperty("op").GetString() == "Linear" && tensor.GetProperty("tensor").GetString() == "dw" && tensor.GetProperty("error").GetDouble() is > 0 and < 5e-6);
        Assert.Contains(tensors, tensor => tensor.GetProperty("tensor").GetString() == "velocity");
    }

    [Fact]
    public void Calls_that_check_nothing_are_wrong()
    {
        AssertWrong("unknown op 'Conf2d' (did you mean 'Conv2d'?)", "--op", "Conf2d");
        AssertWrong("no backward pass", "--op", "Adam");
        AssertWrong("--elements 0", "--elements", "0");
        AssertWrong("unknown backend 'gpu'", "--op", "Linear", "--backend", "gpu");
        AssertWrong("does not exist", "--op", "Linear", "--json", Path.Combine("nowhere", "gradients.json"));
    }

    [Fact]
    public void A_failure_is_named_and_counted()
    {
        var text = new StringWriter();
        using var backend = new ReferenceBackend();
        GradCheckTable.Write(text, [new CheckRow("Conv2d", "odd", "dw", 10, 20, 0.5, 1e-6, "", "Conv2d: odd: dw: element 3 is 1, the slope 2"), new CheckRow("Conv2d", "odd", "db", 4, 4, 0, 1e-6, "", null)], backend, slopes: true);
        Assert.Matches(@"dw +10 of 20 elements  error  5.0E-1  limit  1.0E-6  FAILED", text.ToString());
        Assert.Contains("FAILED Conv2d: odd: dw: element 3 is 1, the slope 2", text.ToString(), StringComparison.Ordinal);
        Assert.Contains(": 1 FAILED", text.ToString(), StringComparison.Ordinal);
    }

    private static void AssertWrong(string part, params string[] arguments)
    {
        var (exit, output, errors) = PixelnetProcess.Run(["gradcheck", .. arguments]);
        Assert.True(exit == ExitCodes.WrongCall, $"exit code {exit}: {output}{errors}");
        Assert.StartsWith("error: ", errors, StringComparison.Ordinal);
        Assert.Contains(part, errors, StringComparison.Ordinal);
    }
}
