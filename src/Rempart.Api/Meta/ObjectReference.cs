namespace Rempart.Api.Meta;

/// <summary>Names an object, for events (Kubernetes <c>core/v1 ObjectReference</c>).</summary>
[Atomic]
public sealed record ObjectReference
{
    /// <summary>Kind.</summary>
    public string? Kind { get; init; }

    /// <summary>Namespace.</summary>
    public string? Namespace { get; init; }

    /// <summary>Name.</summary>
    public string? Name { get; init; }

    /// <summary>UID.</summary>
    public string? Uid { get; init; }

    /// <summary>API version.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Version of the object that is meant.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>Part of the object that is meant, as a path.</summary>
    public string? FieldPath { get; init; }
}
