using System.Text.Json.Serialization;

namespace Rempart.Server.Bootstrap;

/// <summary>The documents of the data folder.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(InitSettings))]
[JsonSerializable(typeof(TokenRecord))]
internal sealed partial class BootstrapJsonContext : JsonSerializerContext;
