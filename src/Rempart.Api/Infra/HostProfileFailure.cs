namespace Rempart.Api.Infra;

/// <summary>A host that differs from its profile.</summary>
public sealed record HostProfileFailure
{
    /// <summary>The host.</summary>
    public required string Host { get; init; }

    /// <summary>One word.</summary>
    public string? Reason { get; init; }

    /// <summary>What differs, and what to do: a sentence.</summary>
    public string? Message { get; init; }
}
