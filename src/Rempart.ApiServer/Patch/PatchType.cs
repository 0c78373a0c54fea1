namespace Rempart.ApiServer.Patch;

/// <summary>How a patch says what changes.</summary>
internal enum PatchType
{
    /// <summary>RFC 6902, <c>application/json-patch+json</c>.</summary>
    Json,

    /// <summary>RFC 7396, <c>application/merge-patch+json</c>.</summary>
    Merge,

    /// <summary>Kubernetes' merge that knows lists, <c>application/strategic-merge-patch+json</c>.</summary>
    Strategic,
}
