using System.Text.Json.Serialization;

namespace Rempart.Node.Volumes;

/// <summary>Records of a pool on disk.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ImageRecord))]
[JsonSerializable(typeof(VolumeRecord))]
internal sealed partial class PoolJson : JsonSerializerContext;
