using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;

namespace PixelNet.Native.Cuda;

/// <summary>
/// The libraries that this assembly binds, by the name in their <c>LibraryImport</c>: each is found by a rule of its own when the first of its
/// functions is called. The runtime takes one resolver for an assembly, so this one serves all.
/// </summary>
internal static class NativeLibraries
{
    private static readonly ConcurrentDictionary<string, Lazy<nint>> Known = [];

    static NativeLibraries() => NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => Known.TryGetValue(name, out var library) ? library.Value : 0);

    /// <summary>Names a library; called by the static constructor of what declares its functions.</summary>
    /// <param name="name">The name in <c>LibraryImport</c>.</param>
    /// <param name="load">Loads it, or throws a <see cref="PixelNetException"/> that says what is missing; called once.</param>
    public static void Register(string name, Func<nint> load) => Known.TryAdd(name, new Lazy<nint>(load));

    /// <summary>Loads the first of these files or names that can be loaded.</summary>
    /// <returns>The handle and which one it was; (0, null) if none can.</returns>
    public static (nint Handle, string? Name) LoadFirst(params IEnumerable<string> candidates)
    {
        foreach (string candidate in candidates)
            if (NativeLibrary.TryLoad(candidate, out nint handle)) return (handle, candidate);
        return (0, null);
    }
}
