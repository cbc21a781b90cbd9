using PixelNet.Native.Backends;

namespace PixelNet.Native.Layers;

/// <summary>A layer whose op asks the backend for memory: the model describes all of them, plans one workspace for all and hands it out.</summary>
internal interface IPlannedOp
{
    /// <summary>The layer's name, such as <c>conv3_2</c>.</summary>
    string Name { get; }

    /// <summary>What the op needs at this layer's sizes.</summary>
    OpMemoryRequest Describe(IBackend backend);

    /// <summary>What the plan gave it.</summary>
    OpMemory Memory { set; }
}
