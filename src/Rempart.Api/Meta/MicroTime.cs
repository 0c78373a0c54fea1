using System.Text.Json.Serialization;

namespace Rempart.Api.Meta;

/// <summary>A time with microseconds on the wire (Kubernetes <c>meta/v1 MicroTime</c>).</summary>
/// <param name="Value">The time.</param>
[JsonConverter(typeof(MicroTimeJsonConverter))]
public readonly record struct MicroTime(DateTimeOffset Value);
