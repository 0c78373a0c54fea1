using Rempart.Api.Storage;

namespace Rempart.Api.Tunnel;

/// <summary>An API server asks an agent for a stream. The agent answers with a request for the stream of this id.</summary>
public sealed record StreamOpening
{
    /// <summary>Id of the stream: 128 random bits in hexadecimal.</summary>
    public required string Id { get; init; }

    /// <summary>Leave to open it; the agent checks it against the members below.</summary>
    public required string Ticket { get; init; }

    /// <summary>Kind of the object.</summary>
    public required string Kind { get; init; }

    /// <summary>Project of the object; null for cluster-scoped kinds.</summary>
    public string? Namespace { get; init; }

    /// <summary>Name of the object, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>UID of the object.</summary>
    public required string Uid { get; init; }

    /// <summary>Stream type: <c>console</c>, <c>upload</c>, <c>removal</c>, <c>metrics</c>.</summary>
    public required string Stream { get; init; }

    /// <summary>Id of the request in the audit trail, for the agent's log.</summary>
    public required string AuditId { get; init; }

    /// <summary>Of an upload, a fetch or a removal: what the bytes must be.</summary>
    public ImageSpec? Image { get; init; }

    /// <summary>Of an upload: how many bytes will come.</summary>
    public long? Length { get; init; }

    /// <summary>Of a fetch: where it may go.</summary>
    public FetchTerms? Fetch { get; init; }
}
