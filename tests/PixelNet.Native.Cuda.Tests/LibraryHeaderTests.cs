using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using PixelNet.Native.Cuda.Cublas;
using PixelNet.Native.Cuda.Cudnn;
using PixelNet.Native.Cuda.Tests.Stubs;
using Xunit;

namespace PixelNet.Native.Cuda.Tests;

/// <summary>
/// Declarations and stubs of cuBLAS against NVIDIA's own header. cuDNN's headers come from no package that could be fetched here: for them there is a C file that compiles
/// on a GPU machine if, and only if, the declarations are right.
/// </summary>
public sealed class LibraryHeaderTests
{
    private static readonly Type[] CublasConstants = [typeof(cublasStatus_t), typeof(cublasOperation_t), typeof(cublasMath_t)];

    private static readonly Type[] CudnnConstants = [typeof(cudnnStatus_t), typeof(cudnnDataType_t), typeof(cudnnTensorFormat_t), typeof(cudnnMathType_t), typeof(cudnnConvolutionMode_t),
        typeof(cudnnActivationMode_t), typeof(cudnnNanPropagation_t), typeof(cudnnDeterminism_t)];

    private static string CheckFile => Path.Combine(Root, "benchmarks", "PixelNet.Native.KernelBench", "abi", "cudnn_abi.c");

    private static string Root
    {
        get
        {
            var at = new DirectoryInfo(AppContext.BaseDirectory);
            while (at is not null && !File.Exists(Path.Combine(at.FullName, "PixelNet.Native.sln"))) at = at.Parent;
            Assert.SkipWhen(at is null, "the sources are not here");
            return at!.FullName;
        }
    }

    [Fact]
    [Trait("Category", "All")]
    public void Declarations_of_cublas_are_those_of_the_header() => PrototypeCheck.Compile("cublas_v2.h", typeof(CublasNative), CublasConstants);

    [Fact]
    [Trait("Category", "All")]
    public void Stub_of_cublas_has_the_prototypes_of_the_header() =>
        NativeStub.Compile("-fsyntax-only", "-Wno-enum-conversion", "-DWITH_CUBLAS_H", "-isystem", CudaHeaders.Folder(), Path.Combine(AppContext.BaseDirectory, "Stubs", "libcublas_stub.c"));

    /// <summary>Where this fails: PIXELNET_ACCEPT=1 writes the file anew.</summary>
    [Fact]
    public void Check_file_of_cudnn_is_that_of_the_declarations()
    {
        string source = CudnnSource(), file = CheckFile;
        if (Environment.GetEnvironmentVariable("PIXELNET_ACCEPT") == "1") File.WriteAllText(file, source);
        Assert.Equal(source, File.ReadAllText(file).ReplaceLineEndings("\n"));
    }

    /// <summary>Against declarations of the same names that the stub makes: the file compiles, and a wrong declaration would not.</summary>
    [Fact]
    public void Check_file_of_cudnn_compiles_against_prototypes_and_not_against_wrong_ones()
    {
        string folder = Directory.CreateTempSubdirectory("pixelnet-abi").FullName, header = Path.Combine(folder, "cudnn.h"), file = CheckFile;
        try
        {
            string prototypes = Header();
            File.WriteAllText(header, prototypes);
            NativeStub.Compile("-fsyntax-only", "-I", folder, file);
            foreach (var (right, wrong) in new[] { ("size_t memory", "unsigned memory"), ("CUDNN_FMA_MATH = 3", "CUDNN_FMA_MATH = 2"), ("cudnnConvolutionForward(cudnnHandle_t, const void *", "cudnnConvolutionForward(cudnnHandle_t, void *") })
            {
                Assert.Contains(right, prototypes, StringComparison.Ordinal);
                File.WriteAllText(header, prototypes.Replace(right, wrong, StringComparison.Ordinal));
                Assert.Throws<InvalidOperationException>(() => NativeStub.Compile("-fsyntax-only", "-I", folder, file));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string CudnnSource()
    {
        var text = new StringBuilder("// Compiles where the declarations in src/PixelNet.Native.Cuda/Cudnn are those of cuDNN's own header: cc -fsyntax-only -I CUDNN_INCLUDE -I CUDA_INCLUDE cudnn_abi.c\n");
        foreach (string line in PrototypeCheck.Source("cudnn.h", typeof(CudnnNative), CudnnConstants).ReplaceLineEndings("\n").TrimEnd().Split('\n'))
            text.Append(line.Contains(nameof(CudnnNative.cudnnGetLastErrorString), StringComparison.Ordinal) ? $"#if CUDNN_MAJOR >= 9\n{line}\n#endif\n" : line + "\n");
        foreach (string structure in new[] { "cudnnConvolutionFwdAlgoPerf_t", "cudnnConvolutionBwdDataAlgoPerf_t", "cudnnConvolutionBwdFilterAlgoPerf_t" })
        {
            text.Append($"_Static_assert(sizeof({structure}) == {Marshal.SizeOf<CudnnAlgorithmPerformance>()}, \"{structure}: size\");\n");
            foreach (var (field, member) in new[] { ("algo", "Algorithm"), ("status", "Status"), ("time", "Time"), ("memory", "Memory"), ("determinism", "Determinism"), ("mathType", "MathType"), ("reserved", "Unused") })
                text.Append($"_Static_assert(offsetof({structure}, {field}) == {Marshal.OffsetOf<CudnnAlgorithmPerformance>(member)}, \"{structure}.{field}\");\n");
        }
        return text.Append("int main(void) { return 0; }\n").ToString();
    }

    // A header of the declarations, in C, with the structures as cuDNN documents them.
    private static string Header()
    {
        var text = new StringBuilder("#include <stddef.h>\n#define CUDNN_MAJOR 9\ntypedef struct CUstream_st *cudaStream_t;\n");
        foreach (string handle in new[] { "Handle", "TensorDescriptor", "FilterDescriptor", "ConvolutionDescriptor", "ActivationDescriptor" }) text.AppendLine($"typedef struct cudnn{handle}_s *cudnn{handle}_t;");
        foreach (string algorithm in new[] { "Fwd", "BwdData", "BwdFilter" }) text.AppendLine($"typedef enum {{ {algorithm}_0 }} cudnnConvolution{algorithm}Algo_t;");
        foreach (var type in CudnnConstants)
            text.AppendLine($"typedef enum {{ {string.Join(", ", type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Select(field => $"{field.Name} = {Convert.ToInt64(field.GetRawConstantValue())}"))} }} {type.Name};");
        foreach (string pass in new[] { "Fwd", "BwdData", "BwdFilter" })
            text.AppendLine($"typedef struct {{ cudnnConvolution{pass}Algo_t algo; cudnnStatus_t status; float time; size_t memory; cudnnDeterminism_t determinism; cudnnMathType_t mathType; int reserved[3]; }} cudnnConvolution{pass}AlgoPerf_t;");
        foreach (string line in CudnnSource().Split('\n').Where(line => line.Contains("__builtin_types_compatible_p", StringComparison.Ordinal)))
        {
            // _Static_assert(__builtin_types_compatible_p(__typeof__(NAME), RESULT(PARAMETERS)), "…");
            string name = line.Split("__typeof__(")[1].Split(')')[0], type = line.Split("), ")[1];
            int open = type.IndexOf('(', StringComparison.Ordinal);
            text.AppendLine($"{type[..open]} {name}{type[open..]};");
        }
        return text.ToString();
    }
}
