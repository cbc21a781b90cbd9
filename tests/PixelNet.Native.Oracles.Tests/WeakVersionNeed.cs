using System.Buffers.Binary;
using System.Text;

namespace PixelNet.Native.Oracles.Tests;

/// <summary>
/// Marks one symbol version that a Linux library asks for as weak, so that the library loads where the version is missing.
/// </summary>
/// <remarks>
/// <para>Why: libLibTorchSharp.so is built with GCC 13 and asks libstdc++ for <c>GLIBCXX_3.4.32</c>, which Debian 12 does not have (its newest is 3.4.30). The one symbol behind the
/// version, <c>std::ios_base_library_init</c>, is never referred to by a relocation, so nothing is missing when the program runs; only the loader's check of versions fails. With the flag
/// VER_FLG_WEAK on that entry the loader passes it by.</para>
/// <para>How the data lies (ELF64, little endian): the dynamic section gives the address of the list DT_VERNEED; its entries {version u16, count u16, file u32, aux u32, next u32} each head a
/// list {hash u32, flags u16, other u16, name u32, next u32}, with offsets relative to the entry itself. One bit of one <c>flags</c> changes. The file is written beside and renamed, never
/// in place: another process may have it mapped, and it may be a link into the package cache.</para>
/// </remarks>
internal static class WeakVersionNeed
{
    private const uint Load = 1, Dynamic = 2;
    private const long StringTable = 5, VersionNeed = 0x6ffffffe, VersionNeedCount = 0x6fffffff;
    private const ushort Weak = 2;

    /// <summary>Sets the flag in the file at <paramref name="path"/>; does nothing where the version is not asked for, or is weak already.</summary>
    /// <returns>Whether the file was changed.</returns>
    public static bool Mark(string path, string version)
    {
        byte[] file = File.ReadAllBytes(path);
        if (!Mark(file, version)) return false;
        string beside = $"{path}.{Environment.ProcessId}";
        File.WriteAllBytes(beside, file);
        File.Move(beside, path, overwrite: true);
        return true;
    }

    internal static bool Mark(byte[] file, string version)
    {
        if (file is not [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, ..]) throw new InvalidDataException("not a little-endian ELF64 file");
        var headers = Enumerable.Range(0, U16(file, 56)).Select(i => (int)I64(file, 32) + i * U16(file, 54)).ToArray();

        int OffsetOf(long address)
        {
            int header = headers.First(h => U32(file, h) == Load && address >= I64(file, h + 16) && address < I64(file, h + 16) + I64(file, h + 32));
            return checked((int)(address - I64(file, header + 16) + I64(file, header + 8)));
        }
        var dynamic = new Dictionary<long, long>();
        for (int at = (int)I64(file, headers.First(h => U32(file, h) == Dynamic) + 8); I64(file, at) != 0; at += 16) dynamic[I64(file, at)] = I64(file, at + 8);
        if (!dynamic.TryGetValue(VersionNeed, out long first)) return false;

        int strings = OffsetOf(dynamic[StringTable]), need = OffsetOf(first);
        bool changed = false;
        for (long n = 0; n < dynamic[VersionNeedCount]; n++, need += (int)U32(file, need + 12))
        {
            int entry = need + (int)U32(file, need + 8);
            for (int i = 0; i < U16(file, need + 2); i++, entry += (int)U32(file, entry + 12))
            {
                if (TextAt(file, strings + (int)U32(file, entry + 8)) != version) continue;
                ushort flags = U16(file, entry + 4);
                BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(entry + 4), (ushort)(flags | Weak));
                changed |= (flags & Weak) == 0;
            }
        }
        return changed;
    }

    private static string TextAt(byte[] file, int at) => Encoding.ASCII.GetString(file, at, Array.IndexOf(file, (byte)0, at) - at);

    private static ushort U16(byte[] file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at));

    private static uint U32(byte[] file, int at) => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at));

    private static long I64(byte[] file, int at) => BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at));
}
