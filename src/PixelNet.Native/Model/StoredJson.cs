using System.Text.Json.Serialization;

namespace PixelNet.Native.Model;

/// <summary>The JSON in a checkpoint's metadata. It is compiled in, since builds ahead of time have no reflection to find it by.</summary>
[JsonSourceGenerationOptions(UseStringEnumConverter = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = Depth)]
[JsonSerializable(typeof(PixelNetConfig))]
[JsonSerializable(typeof(IReadOnlyList<string>), TypeInfoPropertyName = "Names")]
internal sealed partial class StoredJson : JsonSerializerContext
{
    /// <summary>Deepest nesting.</summary>
    public const int Depth = 4;
}
