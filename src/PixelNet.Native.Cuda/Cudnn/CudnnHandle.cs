using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace PixelNet.Native.Cuda.Cudnn;

/// <summary>cuDNN on the current context, its work queued in one stream. One thread at a time.</summary>
internal sealed class CudnnHandle : IDisposable
{
    private nint _handle;

    /// <summary>Opens cuDNN.</summary>
    /// <param name="stream">The driver's handle of the stream that its work goes to.</param>
    /// <exception cref="PixelNetException">There is no cuDNN, its parts do not fit, or it does not start.</exception>
    public CudnnHandle(nint stream)
    {
        Library = CudnnLibrary.Open();
        Check(CudnnNative.cudnnCreate(out _handle), nameof(CudnnNative.cudnnCreate));
        Check(CudnnNative.cudnnSetStream(_handle, stream), nameof(CudnnNative.cudnnSetStream), stream);
    }

    /// <summary>The library.</summary>
    public CudnnLibrary Library { get; }

    /// <summary>cuDNN's own handle.</summary>
    /// <exception cref="ObjectDisposedException">It was destroyed.</exception>
    public nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>Turns a status into an exception.</summary>
    /// <param name="status">What the call returned.</param>
    /// <param name="call">The function.</param>
    /// <param name="arguments">What it was called with, as far as it helps.</param>
    /// <exception cref="CudnnException">The status is not 0.</exception>
    public static void Check(cudnnStatus_t status, string call, params ReadOnlySpan<object> arguments)
    {
        if (status != 0) throw new CudnnException($"{call}({string.Join(", ", arguments.ToArray())}) failed: {Explain(status)}");
    }

    /// <summary>A status in the library's words; the numbers of versions 8 and 9 differ, so none is known here.</summary>
    public static string Explain(cudnnStatus_t status)
    {
        string name = Marshal.PtrToStringUTF8(CudnnNative.cudnnGetErrorString(status)) ?? "";
        string reason = LastError();
        return $"{(name.Length > 0 ? name : "unknown status")} ({(int)status}){(reason.Length > 0 ? $": {reason}" : "")}";
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        if (_handle != 0) _ = CudnnNative.cudnnDestroy(_handle);
        _handle = 0;
    }

    /// <summary>What version 9 adds to the status of the last failure on this thread.</summary>
    [SkipLocalsInit]
    private static string LastError()
    {
        if (!NativeLibrary.TryGetExport(CudnnLibrary.Found.Handle, nameof(CudnnNative.cudnnGetLastErrorString), out _)) return "";
        Span<byte> message = stackalloc byte[1024];
        message[0] = 0;
        CudnnNative.cudnnGetLastErrorString(ref message[0], (nuint)message.Length);
        int length = message.IndexOf((byte)0);
        return Encoding.UTF8.GetString(message[..Math.Max(length, 0)]).ReplaceLineEndings(" ").Trim();
    }
}
