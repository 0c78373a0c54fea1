namespace Rempart.Api.Infra;

/// <summary>The profile that counts for a host, with what it said when it was handed on. Written by the host profile controller.</summary>
public sealed record HostSpec : HostSetup
{
    /// <summary>Name of the HostProfile.</summary>
    public required string Profile { get; init; }

    /// <summary>Its uid: one that was deleted and made anew is another one.</summary>
    public string? ProfileUid { get; init; }

    /// <summary>Its generation.</summary>
    public long? ProfileGeneration { get; init; }
}
