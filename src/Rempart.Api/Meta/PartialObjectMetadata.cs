namespace Rempart.Api.Meta;

/// <summary>What every object has, whatever its kind (Kubernetes <c>meta/v1 PartialObjectMetadata</c>).</summary>
public sealed record PartialObjectMetadata : ApiObject;
