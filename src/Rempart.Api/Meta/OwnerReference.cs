namespace Rempart.Api.Meta;

/// <summary>Names an owner in the same namespace, or a cluster-scoped one.</summary>
[Atomic]
public sealed record OwnerReference
{
    /// <summary>API version of the owner.</summary>
    public required string ApiVersion { get; init; }

    /// <summary>Kind of the owner.</summary>
    public required string Kind { get; init; }

    /// <summary>Name of the owner.</summary>
    public required string Name { get; init; }

    /// <summary>UID of the owner.</summary>
    public required string Uid { get; init; }

    /// <summary>True when this owner is the controller of the object; one at most is.</summary>
    public bool? Controller { get; init; }

    /// <summary>True when the owner can't be removed before this object in foreground deletion.</summary>
    public bool? BlockOwnerDeletion { get; init; }
}
