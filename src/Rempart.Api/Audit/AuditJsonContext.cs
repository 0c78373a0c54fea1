using System.Text.Json.Serialization;

namespace Rempart.Api.Audit;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    MaxDepth = 8)]
[JsonSerializable(typeof(AuditEnvelope))]
[JsonSerializable(typeof(AuditCheckpoint))]
[JsonSerializable(typeof(AuditCheckpointAnswer))]
[JsonSerializable(typeof(WitnessedCheckpoint))]
internal sealed partial class AuditJsonContext : JsonSerializerContext;
