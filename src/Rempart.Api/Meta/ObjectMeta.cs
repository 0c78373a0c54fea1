namespace Rempart.Api.Meta;

/// <summary>Metadata that all persisted objects have, whoever made them (Kubernetes <c>meta/v1 ObjectMeta</c>).</summary>
public sealed record ObjectMeta
{
    /// <summary>Name, unique within the namespace and kind. Can't be changed.</summary>
    public string? Name { get; init; }

    /// <summary>Prefix from which the server makes a unique name when none is given.</summary>
    public string? GenerateName { get; init; }

    /// <summary>The project that the object lives in. Empty for cluster-scoped kinds.</summary>
    public string? Namespace { get; init; }

    /// <summary>Deprecated, never set.</summary>
    public string? SelfLink { get; init; }

    /// <summary>Unique in time and space, set by the server.</summary>
    public string? Uid { get; init; }

    /// <summary>Opaque version of the object, for optimistic concurrency and watches.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Number that rises with each change of the desired state.</summary>
    public long? Generation { get; init; }

    /// <summary>When the server created the object.</summary>
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>When the object's deletion was asked for; it goes once its finalizers are gone.</summary>
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>Seconds that the object was given to end in good order.</summary>
    public long? DeletionGracePeriodSeconds { get; init; }

    /// <summary>Keys and values that selectors may ask for.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Keys and values for tools; selectors can't ask for them.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Objects that this one depends on; it is collected when all of them are gone.</summary>
    [ListPatch("uid")]
    public IReadOnlyList<OwnerReference>? OwnerReferences { get; init; }

    /// <summary>Names of the parties that must act before the object is removed.</summary>
    [ListPatch]
    public IReadOnlyList<string>? Finalizers { get; init; }

    /// <summary>Which manager set which field, for server-side apply.</summary>
    public IReadOnlyList<ManagedFieldsEntry>? ManagedFields { get; init; }
}
