namespace Rempart.Api.Authorization;

/// <summary>A request on a resource.</summary>
public sealed record ResourceAttributes
{
    /// <summary>Namespace; empty means all, or cluster scope.</summary>
    public string? Namespace { get; init; }

    /// <summary>Verb.</summary>
    public string? Verb { get; init; }

    /// <summary>API group, <c>*</c> for all.</summary>
    public string? Group { get; init; }

    /// <summary>API version, <c>*</c> for all.</summary>
    public string? Version { get; init; }

    /// <summary>Resource, <c>*</c> for all.</summary>
    public string? Resource { get; init; }

    /// <summary>Subresource.</summary>
    public string? Subresource { get; init; }

    /// <summary>Name; empty means all.</summary>
    public string? Name { get; init; }

    /// <summary>Field selector of the request.</summary>
    public FieldSelectorAttributes? FieldSelector { get; init; }

    /// <summary>Label selector of the request.</summary>
    public LabelSelectorAttributes? LabelSelector { get; init; }
}
