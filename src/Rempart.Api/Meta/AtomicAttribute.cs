namespace Rempart.Api.Meta;

/// <summary>
/// An object or a map that server-side apply takes as one value: who sets a part of it owns all of it. Published in OpenAPI as
/// <c>x-kubernetes-map-type: atomic</c>. Without it each member has owners of its own.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Property, Inherited = false)]
public sealed class AtomicAttribute : Attribute;
