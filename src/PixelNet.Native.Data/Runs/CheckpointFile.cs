namespace PixelNet.Native.Data.Runs;

/// <summary>Opens a checkpoint's file with a sentence for what can go wrong.</summary>
internal static class CheckpointFile
{
    public static FileStream OpenRead(string path)
    {
        if (Directory.Exists(path)) throw new PixelNetException($"{path} is a folder; name the checkpoint in it, such as {Path.Combine(path, "best.safetensors")}");
        if (!File.Exists(path)) throw new PixelNetException($"The checkpoint {path} does not exist; a run folder holds best.safetensors and last.safetensors");
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PixelNetException($"The checkpoint {path} cannot be read ({failure.Message.TrimEnd('.')})", failure);
        }
    }
}
