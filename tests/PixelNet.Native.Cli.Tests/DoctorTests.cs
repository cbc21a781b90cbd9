using System.Text.Json;
using PixelNet.Native.Cuda.Tests.Stubs;
using Xunit;

namespace PixelNet.Native.Cli.Tests;

/// <summary><c>pixelnet doctor</c> on machines that stubs stand for: whole ones, and ones with one thing broken, which it names.</summary>
public sealed class DoctorTests : IDisposable
{
    private static readonly string[] Parts9 = ["graph", "ops", "cnn", "heuristic", "engines_precompiled", "engines_runtime_compiled"], Parts8 = ["ops_infer", "ops_train", "cnn_infer", "cnn_train"];

    private static readonly Lock Building = new();
    private static readonly HashSet<string> Built = [];

    private readonly string _folder = Directory.CreateTempSubdirectory("pixelnet-doctor").FullName;
    private readonly Dictionary<string, string> _environment = new() { ["PIXELNET_CUBLAS"] = "", ["PIXELNET_CUDNN"] = "", ["LD_LIBRARY_PATH"] = "" };

    [Fact]
    public void Machine_without_a_driver_is_one_sentence()
    {
        _environment["PIXELNET_LIBCUDA"] = "nowhere/libcuda.so.1";
        var (exit, output, errors) = Doctor();
        Assert.Equal((1, "", "error: the CUDA driver (nowhere/libcuda.so.1) cannot be loaded; install NVIDIA's display driver, 520 or newer"), (exit, output, errors.Trim()));
    }

    [Theory]
    [InlineData("devices=0", "the CUDA driver finds no GPU in this machine; ")]
    [InlineData("driver_version=11040", "the GPU driver supports CUDA 11.4 and the kernels (PTX 7.8) need 11.8; install NVIDIA's display driver 520 or newer")]
    [InlineData("compute_capability=52", "the GPU 'Stub GPU 0' has compute capability 5.2 and the kernels need 7.0 (Volta, 2017) or higher; use a newer GPU, or --backend cpu")]
    [InlineData("fail.cuInit=803", "cuInit(): CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803), system has unsupported display driver / cuda driver combination; ")]
    [InlineData("fail.cuModuleLoadDataEx=218", "the module adam cannot be loaded: ")]
    [InlineData("fail.cuLaunchKernel=719", "CUDA_ERROR_LAUNCH_FAILED (719), unspecified launch failure")]
    [InlineData("fill_is_wrong=1", "the kernel fill_forward_v1 ran and left NaN in place of 1.5 in element 0 of 1000; ")]
    public void Driver_or_gpu_at_fault_is_named_with_its_fix(string settings, string sentence) => Fault(settings, sentence);

    [Theory]
    [InlineData(9, "9.1.0")]
    [InlineData(8, "8.9.2")]
    public void Whole_machine_is_well(int major, string version)
    {
        string json = Path.Combine(_folder, "doctor.json");
        _environment["PIXELNET_CUDNN"] = Cudnn(major);
        _environment["PIXELNET_CUBLAS"] = Library("libcublas_stub.c", "libcublas.so.12");
        _environment["PIXELNET_LIBCUDA"] = Library("libcuda_stub.c", "libcuda.so");
        var (exit, output, errors) = Doctor("--json", json);
        Assert.True(exit == 0, output + errors);
        Assert.Equal("", errors);
        Assert.Contains($"cuDNN    {version} for CUDA 12 from PIXELNET_CUDNN", output, StringComparison.Ordinal);
        Assert.Contains($"well     Stub GPU 0 runs the kernels; in tf32 convolutions by cuDNN {version}", output, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(File.ReadAllText(json));
        Assert.True(document.RootElement.GetProperty("well").GetBoolean());
        Assert.Equal(JsonValueKind.Null, document.RootElement.GetProperty("fix").ValueKind);
        var checks = document.RootElement.GetProperty("checks").EnumerateArray().ToDictionary(check => check.GetProperty("check").GetString()!);
        Assert.Equal(["driver", "GPU", "modules", "kernel", "memory", "cuDNN", "cuBLAS"], checks.Keys);
        Assert.Equal(("12.4", "8.4"), (checks["driver"].GetProperty("cuda").GetString(), checks["driver"].GetProperty("ptx").GetString()));
        Assert.Equal(checks["modules"].GetProperty("all").GetInt64(), checks["modules"].GetProperty("loaded").GetInt64());
        Assert.Equal(4096L << 20, checks["memory"].GetProperty("totalBytes").GetInt64());
        Assert.Equal((version, 12), (checks["cuDNN"].GetProperty("version").GetString(), checks["cuDNN"].GetProperty("cuda").GetInt32()));
        Assert.Equal("12.4.5", checks["cuBLAS"].GetProperty("version").GetString());
    }

    [Fact]
    public void Old_gpu_is_told_how_many_modules_are_for_newer_ones()
    {
        _environment["PIXELNET_CUDNN"] = Cudnn(9);
        var (exit, output, errors) = Stubbed("compute_capability=75");
        Assert.True(exit == 0, output + errors);
        Assert.Contains("more are for newer GPUs", output, StringComparison.Ordinal);
    }

    [Fact]
    public void CuDNN_without_one_of_its_parts_is_named_with_the_part()
    {
        string folder = Cudnn(9);
        File.Delete(Path.Combine(folder, "libcudnn_cnn.so.9"));
        Broken(folder, $"cuDNN 9.1.0 at {folder}/libcudnn.so.9 lacks its part libcudnn_cnn.so.9, which must lie in {folder}; install cuDNN again, whole");
    }

    [Fact]
    public void Parts_of_version_8_beside_version_9_are_named()
    {
        string folder = Cudnn(9), other = Cudnn(8);
        foreach (string part in Parts9) File.Delete(Path.Combine(folder, $"libcudnn_{part}.so.9"));
        foreach (string part in Parts8) File.Move(Path.Combine(other, $"libcudnn_{part}.so.8"), Path.Combine(folder, $"libcudnn_{part}.so.8"));
        Broken(folder, $"cuDNN 9.1.0 at {folder}/libcudnn.so.9 lies beside parts of version 8 (libcudnn_cnn_infer.so.8) and lacks its own libcudnn_graph.so.9: versions 8 and 9 are mixed; install one cuDNN");
    }

    [Fact]
    public void Version_8_under_the_name_of_version_9_is_named()
    {
        string folder = Cudnn(8);
        File.Move(Path.Combine(folder, "libcudnn.so.8"), Path.Combine(folder, "libcudnn.so.9"));
        Broken(folder, $"the file {folder}/libcudnn.so.9 is named as version 9 but is cuDNN 8.9.2: versions 8 and 9 are mixed; ");
    }

    [Fact]
    public void Part_of_another_release_is_named()
    {
        string folder = Cudnn(9), part = Path.Combine(folder, "libcudnn_ops.so.9");
        File.Move(part, part + ".5.0");
        File.CreateSymbolicLink(part, part + ".5.0");
        Broken(folder, $"has a part of version 9.5.0, {part}.5.0: two versions are mixed in one folder; ");
    }

    /// <summary>As the loader does where LD_LIBRARY_PATH names the folder of a second cuDNN: the library takes its parts from there.</summary>
    [Fact]
    public void Part_that_is_opened_from_another_folder_is_named()
    {
        string folder = Cudnn(9), other = Path.Combine(_folder, "other");
        Directory.CreateDirectory(other);
        Library("libcudnn_stub.c", "other/libcudnn_ops.so.9");
        _environment["LD_LIBRARY_PATH"] = other;
        Broken(folder, $"has opened a part of another cuDNN, {other}/libcudnn_ops.so.9: two installations are mixed; take the folder of the other out of LD_LIBRARY_PATH", "cudnn_parts=1");
        _environment["LD_LIBRARY_PATH"] = "";
        Broken(folder, "cudnnCreate() failed: CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED (1008): ", "cudnn_parts=1");
    }

    [Theory]
    [InlineData(9, "cudnn_cudart=13000", "is built for CUDA 13 and the display driver supports CUDA 12.4; install the cuDNN for CUDA 12, or a newer display driver")]
    [InlineData(9, "fail.cudnnCreate=1001", "cudnnCreate() failed: CUDNN_STATUS_NOT_INITIALIZED (1001): the stub was told to fail; ")]
    [InlineData(8, "fail.cudnnCreate=1", "cudnnCreate() failed: CUDNN_STATUS_NOT_INITIALIZED (1); ")]
    [InlineData(8, "fail.cudnnSetStream=3", "CUDNN_STATUS_BAD_PARAM (3); ")]
    [InlineData(8, "fail.cudnnSetTensor4dDescriptor=9", "CUDNN_STATUS_NOT_SUPPORTED (9); ")]
    [InlineData(9, "cudnn_version=7605", "is cuDNN 7.6.5")]
    public void CuDNN_that_does_not_work_is_told_in_its_own_words(int major, string settings, string sentence)
    {
        Broken(Cudnn(major), sentence, settings);
    }

    [Fact]
    public void Variables_that_name_nothing_are_named()
    {
        string empty = Path.Combine(_folder, "empty"), nonsense = Path.Combine(_folder, "libcudnn.so.9");
        Directory.CreateDirectory(empty);
        File.WriteAllText(nonsense, "nonsense");
        Broken(empty, $"PIXELNET_CUDNN names the folder {empty}, which holds none of libcudnn.so.9, libcudnn.so.8; let it name the file or folder of cuDNN");
        Broken(empty + "/nowhere", $"PIXELNET_CUDNN names {empty}/nowhere, which does not exist; ");
        Broken(nonsense, $"cuDNN at {nonsense} cannot be opened: ");
        _environment["PIXELNET_CUDNN"] = Cudnn(9);
        _environment["PIXELNET_CUBLAS"] = empty;
        Fault("", $"PIXELNET_CUBLAS names the folder {empty}, which holds none of libcublas.so.13, libcublas.so.12, libcublas.so.11; ");
        _environment["PIXELNET_CUBLAS"] = Library("libcublas_stub.c", "libcublas.so.12");
        Fault("fail.cublasSgemm_v2=13", "failed: the GPU program failed to execute (13); ");
    }

    /// <summary>The Python wheel of an environment is found without being named.</summary>
    [Fact]
    public void Wheel_of_the_active_environment_is_found()
    {
        Assert.SkipWhen(System.Runtime.InteropServices.NativeLibrary.TryLoad("libcudnn.so.9", out _), "this machine has a cuDNN of its own");
        string wheel = Path.Combine(_folder, "env/lib/python3.12/site-packages/nvidia/cudnn/lib");
        Directory.CreateDirectory(Path.GetDirectoryName(wheel)!);
        Directory.Move(Cudnn(9), wheel);
        _environment["VIRTUAL_ENV"] = Path.Combine(_folder, "env");
        var (exit, output, errors) = Stubbed("");
        Assert.True(exit == 0, output + errors);
        Assert.Contains($"cuDNN    9.1.0 for CUDA 12 from a Python wheel, {wheel}/libcudnn.so.9", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Emulator_takes_the_place_of_a_gpu_where_it_is_asked_for()
    {
        _environment["PIXELNET_DRIVER"] = "emulator";
        var (exit, output, errors) = Doctor("--json", "-");
        Assert.True(exit == 0, output + errors);
        using var document = JsonDocument.Parse(output);
        Assert.True(document.RootElement.GetProperty("well").GetBoolean());
        _environment["PIXELNET_DRIVER"] = "nonsense";
        Assert.Equal(2, Doctor().ExitCode);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Broken(string cudnn, string sentence, string settings = "")
    {
        _environment["PIXELNET_CUDNN"] = cudnn;
        Fault(settings, sentence);
    }

    private void Fault(string settings, string sentence)
    {
        var (exit, output, errors) = Stubbed(settings);
        Assert.True(exit == 1, output + errors);
        Assert.Single(errors.Trim().Split('\n'));
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("well ", output, StringComparison.Ordinal);
    }

    private (int ExitCode, string Output, string Errors) Stubbed(string settings)
    {
        _environment["PIXELNET_LIBCUDA"] = Library("libcuda_stub.c", "libcuda.so");
        _environment["PIXELNET_STUB"] = settings;
        return Doctor();
    }

    private (int ExitCode, string Output, string Errors) Doctor(params string[] arguments) =>
        PixelnetProcess.RunWith([.. _environment.Select(variable => (variable.Key, variable.Value))], ["doctor", .. arguments]);

    /// <summary>A folder with a whole cuDNN of a version; of its parts it is only the files that count.</summary>
    private string Cudnn(int major)
    {
        string folder = Path.Combine(_folder, $"cudnn{major}");
        Directory.CreateDirectory(folder);
        Library("libcudnn_stub.c", $"cudnn{major}/libcudnn.so.{major}", $"-DMAJOR={major}");
        foreach (string part in major == 9 ? Parts9 : Parts8) File.WriteAllBytes(Path.Combine(folder, $"libcudnn_{part}.so.{major}"), []);
        return folder;
    }

    private string Library(string source, string file, params string[] flags)
    {
        string built = Path.Combine(AppContext.BaseDirectory, "Stubs", $"{source}{string.Concat(flags)}.so"), path = Path.Combine(_folder, file);
        lock (Building)
        {
            if (Built.Add(built)) NativeStub.Build(source, built, flags);
        }
        File.Copy(built, path, overwrite: true);
        return path;
    }
}
