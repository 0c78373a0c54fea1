using System.Text.Json.Serialization;

namespace Rempart.Api.Meta;

/// <summary>
/// What decides when an object goes: its identity, version, owners, finalizers and deletion. Read from a Kubernetes <c>meta/v1 PartialObjectMetadata</c>, of
/// which nothing else is kept: a cache of every object there is holds some hundred bytes for each.
/// </summary>
[JsonConverter(typeof(LifetimeMetadataJsonConverter))]
public sealed record LifetimeMetadata : ApiObject;
