namespace Rempart.Api.Infra;

/// <summary>A machine that keeps a host from being empty.</summary>
public sealed record MaintenanceBlocker
{
    /// <summary>Its project.</summary>
    public required string Namespace { get; init; }

    /// <summary>Its name.</summary>
    public required string Machine { get; init; }

    /// <summary>Why, for programs: one CamelCase word.</summary>
    public required string Reason { get; init; }

    /// <summary>Why, and what to do, for people.</summary>
    public required string Message { get; init; }
}
