namespace PixelNet.Native.Data.Presets;

/// <summary>
/// Everything that decides a training run, as it stands in a preset and, complete, in a run folder's <c>config.toml</c>.
/// Keys are the property names in snake_case; a key that is not here is refused with the nearest one that is.
/// </summary>
public sealed record RunConfig
{
    /// <summary>The preset this started from.</summary>
    public string Preset { get; init; } = "demo";

    /// <summary>Seed of initialisation, sampling, augmentation and dropout.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>What the network sees.</summary>
    public InputConfig Input { get; init; } = new();

    /// <summary>Trunk, taps and head.</summary>
    public ModelConfig Model { get; init; } = new();

    /// <summary>Which pixels are trained on.</summary>
    public SamplingConfig Sampling { get; init; } = new();

    /// <summary>Random changes of the training images.</summary>
    public AugmentationConfig Augmentation { get; init; } = new();

    /// <summary>Loss.</summary>
    public LossConfig Loss { get; init; } = new();

    /// <summary>Optimiser and its parameter groups.</summary>
    public OptimizerConfig Optimizer { get; init; } = new();

    /// <summary>Learning rate over the steps.</summary>
    public ScheduleConfig Schedule { get; init; } = new();

    /// <summary>Validation and checkpoints during training.</summary>
    public ValidationConfig Validation { get; init; } = new();

    /// <summary>The configuration-level defects of the 2018 run, for comparison (pixelnet.md 0); all off.</summary>
    public DefectsConfig Defects { get; init; } = new();
}

/// <summary>What the network sees: every image is resized (training: also cropped) to width x height.</summary>
public sealed record InputConfig
{
    /// <summary>Pixels.</summary>
    public int Width { get; init; } = 256;

    /// <summary>Pixels.</summary>
    public int Height { get; init; } = 128;

    /// <summary>Channel order that the weights expect: <c>rgb</c> or <c>bgr</c>.</summary>
    public string Order { get; init; } = "rgb";

    /// <summary>Subtracted from the 0..255 values, in that order of channels.</summary>
    public IReadOnlyList<double> Mean { get; init; } = [104, 108, 107];

    /// <summary>Divides what is left.</summary>
    public IReadOnlyList<double> Deviation { get; init; } = [60, 60, 60];
}

/// <summary>Trunk, taps and head.</summary>
public sealed record ModelConfig
{
    /// <summary>Multiplies VGG16's channel numbers 64, 128, 256, 512, 512 (and 4096 of fc6, fc7).</summary>
    public double Width { get; init; } = 0.25;

    /// <summary>Batch normalisation after every convolution of the trunk.</summary>
    public bool BatchNorm { get; init; } = true;

    /// <summary>Tapped layers, shallow to deep, of conv1_2, conv2_2, conv3_3, conv4_3, conv5_3, fc7.</summary>
    public IReadOnlyList<string> Taps { get; init; } = ["conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3"];

    /// <summary>Standardise each tapped channel by statistics measured once before the first step.</summary>
    public bool StandardizeTaps { get; init; }

    /// <summary>Widths of the head's hidden layers; empty = a linear classifier.</summary>
    public IReadOnlyList<int> Head { get; init; } = [256, 256];

    /// <summary>Dropout after each hidden layer (and fc6, fc7).</summary>
    public double Dropout { get; init; }

    /// <summary>SHA-256 of the weight file that the trunk begins with (<c>--weights</c>), in hexadecimal; empty = random weights.</summary>
    public string WeightsSha256 { get; init; } = "";

    /// <summary>Initial weights of the trunk: <c>he</c> or <c>gaussian</c> (sigma 0.01).</summary>
    public string TrunkInit { get; init; } = "he";

    /// <summary>Initial weights of the head: <c>he</c>, <c>gaussian</c> (sigma 0.001, the authors') or <c>truncated</c> (the 2018 run's).</summary>
    public string HeadInit { get; init; } = "he";
}

/// <summary>Which pixels are trained on.</summary>
public sealed record SamplingConfig
{
    /// <summary>Images a step.</summary>
    public int Images { get; init; } = 5;

    /// <summary>Pixels an image.</summary>
    public int Pixels { get; init; } = 2000;

    /// <summary><c>uniform</c> over the valid pixels, or <c>balanced</c> over the classes present.</summary>
    public string Mode { get; init; } = "uniform";
}

/// <summary>Random changes of the training images.</summary>
public sealed record AugmentationConfig
{
    /// <summary>Probability of a mirror image.</summary>
    public double Flip { get; init; } = 0.5;

    /// <summary>Scale drawn from [min, max] before the crop; 1, 1 = none.</summary>
    public IReadOnlyList<double> Scale { get; init; } = [1, 1];

    /// <summary>Gain of each colour channel drawn from [min, max]; 1, 1 = none.</summary>
    public IReadOnlyList<double> Gain { get; init; } = [1, 1];
}

/// <summary>Loss.</summary>
public sealed record LossConfig
{
    /// <summary><c>none</c>, or <c>sqrt_frequency</c>: weight of class c proportional to 1/sqrt(its share of the training pixels), mean 1 over the classes present, at most 10.</summary>
    public string ClassWeights { get; init; } = "none";
}

/// <summary>Optimiser and its parameter groups.</summary>
public sealed record OptimizerConfig
{
    /// <summary><c>adam</c> (decoupled weight decay) or <c>sgd</c> (momentum, Caffe's form).</summary>
    public string Kind { get; init; } = "adam";

    /// <summary>Learning rate at the schedule's factor 1.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decay of weights (not of biases and batch-norm parameters).</summary>
    public double WeightDecay { get; init; }

    /// <summary>SGD's momentum.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>Adam's decay of the first moment.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Adam's decay of the second moment.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Adam's epsilon, added to the corrected root.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Multiplies the learning rate of the trunk.</summary>
    public double TrunkMultiplier { get; init; } = 1;

    /// <summary>Multiplies the learning rate of the head.</summary>
    public double HeadMultiplier { get; init; } = 1;

    /// <summary>Multiplies the learning rate of biases, on top.</summary>
    public double BiasMultiplier { get; init; } = 1;

    /// <summary>Name patterns of parameters that do not learn, such as <c>conv1_*</c>.</summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];
}

/// <summary>Learning rate over the steps.</summary>
public sealed record ScheduleConfig
{
    /// <summary>Steps of the run.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary><c>constant</c>, <c>step</c>, <c>poly</c> or <c>cosine</c>.</summary>
    public string Kind { get; init; } = "cosine";

    /// <summary>Steps over which the rate rises linearly from 0.</summary>
    public int Warmup { get; init; }

    /// <summary>Schedule <c>step</c>: the factor applies every so many steps.</summary>
    public int Every { get; init; } = 100_000;

    /// <summary>Schedule <c>step</c>: the factor.</summary>
    public double Factor { get; init; } = 0.1;

    /// <summary>Schedule <c>poly</c>: (1 - step/steps)^power.</summary>
    public double Power { get; init; } = 0.9;
}

/// <summary>Validation and checkpoints during training.</summary>
public sealed record ValidationConfig
{
    /// <summary>Validate every so many steps (and after the last); 0 = only after the last.</summary>
    public int Every { get; init; } = 500;

    /// <summary>Images validated during training, evenly spread over the split and always the same ones, so that scores compare; 0 = all.</summary>
    public int Images { get; init; }

    /// <summary>Write <c>last.safetensors</c> every so many steps.</summary>
    public int Checkpoint { get; init; } = 100;
}

/// <summary>The configuration-level defects of the 2018 run (pixelnet.md 0), each off unless named.</summary>
public sealed record DefectsConfig
{
    /// <summary>Unlabelled pixels are trained as one more class.</summary>
    public bool VoidAsClass { get; init; }

    /// <summary>ReLU on the logits.</summary>
    public bool ReluOnLogits { get; init; }

    /// <summary>Dropout stays on in prediction.</summary>
    public bool DropoutAtTest { get; init; }

    /// <summary>Images are resized by nearest neighbour.</summary>
    public bool NearestResize { get; init; }
}
