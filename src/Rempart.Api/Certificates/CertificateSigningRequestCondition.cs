namespace Rempart.Api.Certificates;

/// <summary>A decision on a certificate request.</summary>
public sealed record CertificateSigningRequestCondition
{
    /// <summary><c>Approved</c>, <c>Denied</c> or <c>Failed</c>.</summary>
    public required string Type { get; init; }

    /// <summary><c>True</c>.</summary>
    public string? Status { get; init; }

    /// <summary>Why, for programs.</summary>
    public string? Reason { get; init; }

    /// <summary>Why, for people.</summary>
    public string? Message { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset? LastUpdateTime { get; init; }

    /// <summary>When its status last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }
}
