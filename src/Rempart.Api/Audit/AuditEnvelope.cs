namespace Rempart.Api.Audit;

/// <summary>What a line of the trail holds.</summary>
internal sealed record AuditEnvelope
{
    /// <summary>Place in the chain, from 1 without gaps.</summary>
    public required long Seq { get; init; }

    /// <summary>Hash of the line before; zeros in the first.</summary>
    public required string Prev { get; init; }

    public required AuditRecord Record { get; init; }

    /// <summary>SHA-256 of the line's bytes before the comma of this member.</summary>
    public required string Hash { get; init; }
}
