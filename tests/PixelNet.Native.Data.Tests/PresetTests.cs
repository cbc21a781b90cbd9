using CsCheck;
using PixelNet.Native.Data.Presets;
using Xunit;

namespace PixelNet.Native.Data.Tests;

public class PresetTests
{
    public static TheoryData<string> Presets => [.. RunConfigs.PresetNames];

    [Fact]
    public void The_presets_of_the_design_are_embedded() =>
        Assert.Equal(["camvid", "city", "deck", "demo", "paper"], RunConfigs.PresetNames);

    [Theory, MemberData(nameof(Presets))]
    public void A_preset_names_itself_and_survives_being_written(string name)
    {
        var config = RunConfigs.Load(name);
        Assert.Equal(name, config.Preset);
        string text = RunConfigs.Write(config);
        Assert.Equal(text, RunConfigs.Write(RunConfigs.Read(text, "written")));
    }

    [Fact]
    public void Every_number_survives_being_written() =>
        Gen.Double[1e-300, 1e300].Select(Gen.Long).Sample((rate, seed) =>
        {
            var config = new RunConfig { Seed = seed, Optimizer = new OptimizerConfig { LearningRate = rate } };
            var again = RunConfigs.Read(RunConfigs.Write(config), "written");
            Assert.Equal((seed, rate), (again.Seed, again.Optimizer.LearningRate));
        });

    [Fact]
    public void A_setting_overrides_the_preset_and_a_list_is_a_list()
    {
        var config = RunConfigs.Load("camvid", null, ["schedule.steps=7", "optimizer.kind=sgd", "model.head=[8]", "defects.void_as_class=true"]);
        Assert.Equal((7, "sgd", true), (config.Schedule.Steps, config.Optimizer.Kind, config.Defects.VoidAsClass));
        Assert.Equal([8], config.Model.Head);
        Assert.Equal(4, config.Sampling.Images);
    }

    [Theory]
    [InlineData("schedule.stesp=7", "unknown key 'schedule.stesp' (did you mean 'steps'?)")]
    [InlineData("schedule.steps=many", "'schedule.steps' must be a whole number")]
    [InlineData("schedule=3", "'schedule' is a section, not a value")]
    [InlineData("schedule.kind=cosin", "schedule.kind is 'cosin' (did you mean 'cosine'?); it must be one of constant, step, poly, cosine")]
    [InlineData("augmentation.scale=[2,1]", "augmentation.scale must be [min, max]")]
    [InlineData("steps", "write key=value")]
    public void A_wrong_setting_gets_one_sentence(string setting, string sentence) =>
        Assert.Contains(sentence, Assert.Throws<PixelNetException>(() => RunConfigs.Load("demo", null, [setting])).Message);

    [Fact]
    public void An_unknown_preset_suggests_the_nearest() =>
        Assert.Contains("(did you mean 'camvid'?)", Assert.Throws<PixelNetException>(() => RunConfigs.Load("canvid")).Message);

    [Fact]
    public void Broken_toml_is_refused_with_its_line() =>
        Assert.Contains("config.toml is not valid TOML", Assert.Throws<PixelNetException>(() => RunConfigs.Read("[input\nwidth=3", "config.toml")).Message);
}
