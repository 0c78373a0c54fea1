namespace Rempart.ApiServer.Http;

/// <summary>What a request asks for, read from its method, path and query alone (Kubernetes' RequestInfo).</summary>
internal sealed record RequestInfo
{
    /// <summary>The path, decoded.</summary>
    public required string Path { get; init; }

    /// <summary><c>get</c>, <c>list</c>, <c>watch</c>, <c>create</c>, <c>update</c>, <c>patch</c>, <c>delete</c>, <c>deletecollection</c>; the lower-case method for paths outside resources.</summary>
    public required string Verb { get; init; }

    /// <summary>API group, empty for the core group.</summary>
    public string Group { get; init; } = "";

    /// <summary>Version in the group.</summary>
    public string Version { get; init; } = "";

    /// <summary>Resource's plural; null for a path outside resources.</summary>
    public string? Resource { get; init; }

    /// <summary>Subresource such as <c>status</c>.</summary>
    public string? Subresource { get; init; }

    /// <summary>Namespace in the path. For an object of kind Namespace it is that namespace itself.</summary>
    public string? Namespace { get; init; }

    /// <summary>Name in the path.</summary>
    public string? Name { get; init; }

    /// <summary>What follows the subresource, such as the path behind a proxy.</summary>
    public IReadOnlyList<string> Rest { get; init; } = [];

    /// <summary>Whether the path names a resource.</summary>
    public bool IsResource => Resource is not null;
}
