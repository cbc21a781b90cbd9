using System.CommandLine;
using PixelNet.Native.Cli;
using PixelNet.Native.Cli.Verbs;

var root = new RootCommand("PixelNet: semantic segmentation of street scenes, written out by hand. Try: pixelnet demo")
{
    DemoVerb.Create(),
    TrainVerb.Create(),
    EvaluateVerb.Create(),
    PredictVerb.Create(),
    EmulateVerb.Create(),
    PlanVerb.Create(),
    StreetScenesVerb.Create(),
    WeightsVerb.Create(),
    ExportVerb.Create(),
    GradCheckVerb.Create(),
    DoctorVerb.Create(),
    CourseVerb.Create(),
    VersionVerb.Create(),
};
return await CommandRunner.RunAsync(root, args);
