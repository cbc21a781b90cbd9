using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>
/// What one algorithm was measured to take: <c>cudnnConvolutionFwdAlgoPerf_t</c>, and the two of the backward passes, which lie alike. 48 bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CudnnAlgorithmPerformance
{
    /// <summary>The algorithm, a number of its pass.</summary>
    public int Algorithm;

    /// <summary>0, or why it did not run.</summary>
    public cudnnStatus_t Status;

    /// <summary>Milliseconds.</summary>
    public float Time;

    /// <summary>Bytes of workspace.</summary>
    public nuint Memory;

    /// <summary>Whether its bytes are the same every time.</summary>
    public cudnnDeterminism_t Determinism;

    /// <summary>What it was measured with, which is not always what the descriptor asks for: set it before the algorithm is used.</summary>
    public cudnnMathType_t MathType;

    /// <summary><c>reserved[3]</c>.</summary>
    public Reserved Unused;

    /// <summary>Three integers.</summary>
    [InlineArray(3)]
    public struct Reserved
    {
        private int _first;
    }
}
