using System.Text.Json.Serialization;
using Rempart.Node.Fetching;

namespace Rempart.Node.Volumes;

/// <summary>Records of a pool on disk.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(ImageRecord))]
[JsonSerializable(typeof(VolumeRecord))]
[JsonSerializable(typeof(PartialOrigin))]
[JsonSerializable(typeof(PoolMark))]
internal sealed partial class PoolJson : JsonSerializerContext;
