using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace PixelNet.Native.Cuda.Tests.Stubs;

/// <summary>
/// Writes a C source that compiles only if declarations in C# are those of a library's header: the whole type of each function, the size of each
/// parameter, and the value of each constant. <c>PrototypeCheck.Compile("cuda.h", typeof(NativeMethods), typeof(CUresult), …)</c>
/// </summary>
internal static class PrototypeCheck
{
    private static readonly Dictionary<Type, string> Numbers = new()
    {
        [typeof(byte)] = "unsigned char",
        [typeof(int)] = "int",
        [typeof(uint)] = "unsigned int",
        [typeof(long)] = "long long",
        [typeof(ulong)] = "unsigned long long",
        [typeof(nuint)] = "size_t",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(void)] = "void",
    };

    /// <summary>The functions that a class declares with <c>LibraryImport</c> or <c>DllImport</c>, without those that the compiler makes of them.</summary>
    public static IReadOnlyList<MethodInfo> Functions(Type bindings) =>
        [.. bindings.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(method => !method.Name.StartsWith('<') && (method.IsDefined(typeof(LibraryImportAttribute)) || method.Attributes.HasFlag(MethodAttributes.PinvokeImpl)))];

    /// <summary>Compiles the source of the same arguments against <see cref="CudaHeaders"/>; skips the test where there are none, or no compiler.</summary>
    /// <exception cref="InvalidOperationException">A declaration is not the header's: the compiler's messages, which name it.</exception>
    public static void Compile(string header, Type bindings, params Type[] constants)
    {
        string headers = CudaHeaders.Folder(), folder = Directory.CreateTempSubdirectory("pixelnet-abi").FullName, path = Path.Combine(folder, "check.c");
        try
        {
            File.WriteAllText(path, Source(header, bindings, constants));
            NativeStub.Compile("-fsyntax-only", "-isystem", headers, path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The source.</summary>
    /// <param name="header">Such as <c>cuda.h</c>.</param>
    /// <param name="bindings">Class of the functions; they have the names that the library exports.</param>
    /// <param name="constants">Enumerations, named as in the header and so are their members; or static classes of constants, where A.B stands for the macro A_B.</param>
    public static string Source(string header, Type bindings, params Type[] constants)
    {
        var text = new StringBuilder($"#include <stddef.h>\n#include <{header}>\n");
        foreach (var function in Functions(bindings))
        {
            string parameters = string.Join(", ", function.GetParameters().Select(CType));
            text.AppendLine($"_Static_assert(__builtin_types_compatible_p(__typeof__({function.Name}), {CType(function.ReturnParameter)}({(parameters.Length == 0 ? "void" : parameters)})), \"{function.Name}: the prototype\");");
            foreach (var parameter in function.GetParameters().Append(function.ReturnParameter).Where(parameter => parameter.ParameterType != typeof(void)))
                text.AppendLine($"_Static_assert(sizeof({CType(parameter)}) == {SizeOf(parameter.ParameterType)}, \"{function.Name}: size of {parameter.Name ?? "the result"}\");");
        }
        foreach (var type in constants)
            foreach (var field in type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
                text.AppendLine($"_Static_assert((long long)({(type.IsEnum ? field.Name : $"{type.Name}_{field.Name}")}) == {Convert.ToInt64(field.GetRawConstantValue())}, \"{type.Name}.{field.Name}\");");
        return text.ToString();
    }

    private static string CType(ParameterInfo parameter)
    {
        bool pointer = parameter.ParameterType.IsByRef || parameter.ParameterType.IsPointer;
        if (parameter.GetCustomAttribute<NativeTypeNameAttribute>() is not { } named) return CType(parameter.ParameterType);
        // A device address is an integer here and a pointer there.
        bool address = parameter.ParameterType == typeof(ulong) || parameter.ParameterType == typeof(nint);
        if (!address && pointer != named.Name.EndsWith('*')) throw new InvalidOperationException($"{parameter.Member.Name}: {parameter.Name} is {parameter.ParameterType}, not '{named.Name}'");
        return named.Name;
    }

    private static string CType(Type type) => type.IsByRef || type.IsPointer ? $"{CType(type.GetElementType()!)} *"
        : Numbers.TryGetValue(type, out string? number) ? number
        : type.IsValueType && !type.IsPrimitive ? type.Name
        : throw new InvalidOperationException($"{type} stands for no type of C: write a structure of the header's name, or NativeTypeName");

    private static int SizeOf(Type type) => type.IsByRef || type.IsPointer ? nint.Size
        : type.IsEnum ? Marshal.SizeOf(Enum.GetUnderlyingType(type))
        : Marshal.SizeOf(type);
}
