namespace Rempart.Api.Meta;

/// <summary>How an object is to be deleted (Kubernetes <c>meta/v1 DeleteOptions</c>).</summary>
public sealed record DeleteOptions
{
    /// <summary>API version of the options.</summary>
    public string? ApiVersion { get; init; }

    /// <summary><c>DeleteOptions</c>.</summary>
    public string? Kind { get; init; }

    /// <summary>Seconds for a graceful end; 0 asks for an immediate one.</summary>
    public long? GracePeriodSeconds { get; init; }

    /// <summary>The object must have this UID and version.</summary>
    public Preconditions? Preconditions { get; init; }

    /// <summary>Deprecated, use <c>propagationPolicy</c>.</summary>
    public bool? OrphanDependents { get; init; }

    /// <summary><c>Background</c> (default), <c>Foreground</c> or <c>Orphan</c>.</summary>
    public string? PropagationPolicy { get; init; }

    /// <summary><c>All</c> to check without writing.</summary>
    public IReadOnlyList<string>? DryRun { get; init; }

    /// <summary>Delete an object that can't be read from the store any more.</summary>
    public bool? IgnoreStoreReadErrorWithClusterBreakingPotential { get; init; }
}
