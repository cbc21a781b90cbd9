using Tomlyn.Model;
using Tomlyn.Serialization;

namespace PixelNet.Native.Data.Presets;

/// <summary>How TOML is read into tables. It is compiled in, since builds ahead of time have no reflection to find it by.</summary>
[TomlSerializable(typeof(TomlTable))]
internal sealed partial class TomlModel : TomlSerializerContext;
