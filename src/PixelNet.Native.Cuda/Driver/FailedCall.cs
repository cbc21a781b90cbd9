using System.Runtime.CompilerServices;

namespace PixelNet.Native.Cuda.Driver;

/// <summary>
/// Text of a driver call, with its arguments, for the message of a failure: <c>Check(cuMemFree_v2(p), $"cuMemFree({p})")</c>. It is only put together
/// when the status is not 0, so a call that succeeds allocates nothing.
/// </summary>
[InterpolatedStringHandler]
internal ref struct FailedCall
{
    private DefaultInterpolatedStringHandler _text;

    public FailedCall(int literalLength, int formattedCount, CUresult status, out bool failed)
    {
        failed = status != CUresult.CUDA_SUCCESS;
        _text = failed ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value, string? format = null) => _text.AppendFormatted(value, format);

    public string Text => _text.ToStringAndClear();
}
