namespace Rempart.Policy.Authorization;

/// <summary>What a caller wants to do, in the terms of Kubernetes' authorization attributes.</summary>
public sealed record AccessRequest
{
    /// <summary>Who.</summary>
    public required Caller Caller { get; init; }

    /// <summary><c>get</c>, <c>list</c>, <c>watch</c>, <c>create</c>, <c>update</c>, <c>patch</c>, <c>delete</c>, <c>deletecollection</c>, <c>approve</c>; lower-case HTTP method for paths outside resources.</summary>
    public required string Verb { get; init; }

    /// <summary>API group, empty for the core group.</summary>
    public string Group { get; init; } = "";

    /// <summary>Resource's plural; null for a path outside resources.</summary>
    public string? Resource { get; init; }

    /// <summary>Subresource such as <c>status</c>.</summary>
    public string? Subresource { get; init; }

    /// <summary>Namespace; null for cluster scope and for requests over all namespaces.</summary>
    public string? Namespace { get; init; }

    /// <summary>Object's name; null for collections.</summary>
    public string? Name { get; init; }

    /// <summary>Path outside resources such as <c>/version</c>.</summary>
    public string? Path { get; init; }

    /// <summary>Field selector of a list or watch as sent; node rules look at it.</summary>
    public string? FieldSelector { get; init; }
}
