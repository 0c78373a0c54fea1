using System.Text.Json;

namespace Rempart.Api.Audit;

/// <summary>Answer of <c>/audit/checkpoints/latest</c>: what the nodes keep.</summary>
public sealed record AuditCheckpointAnswer
{
    /// <summary>SubjectPublicKeyInfo in PEM of the key that signs.</summary>
    public required string PublicKey { get; init; }

    /// <summary>The newest checkpoint; null before the first one since the server's start.</summary>
    public AuditCheckpoint? Checkpoint { get; init; }

    /// <summary>As JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, AuditJsonContext.Default.AuditCheckpointAnswer);

    /// <summary>From JSON.</summary>
    /// <exception cref="JsonException">It is no such answer.</exception>
    public static AuditCheckpointAnswer FromJson(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, AuditJsonContext.Default.AuditCheckpointAnswer) ?? throw new JsonException("the answer is an object");
}
