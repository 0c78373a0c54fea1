namespace Rempart.Api.Tickets;

/// <summary>Leave to open one stream to one object on one node, once, within seconds. Signed by an API server, checked by the agent.</summary>
public sealed record StreamTicket
{
    /// <summary>How long a ticket is good for after it was made.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    /// <summary>Kind of the object, such as <c>VirtualMachine</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Project of the object; null for cluster-scoped kinds.</summary>
    public string? Namespace { get; init; }

    /// <summary>Name of the object, for messages; the UID decides.</summary>
    public required string Name { get; init; }

    /// <summary>UID of the object.</summary>
    public required string Uid { get; init; }

    /// <summary>Stream type: <c>console</c>, <c>upload</c>, …</summary>
    public required string Stream { get; init; }

    /// <summary>Name of the node that may accept it.</summary>
    public required string Node { get; init; }

    /// <summary>Id of the audit record of the request that the stream belongs to.</summary>
    public required string AuditId { get; init; }

    /// <summary>Who asked, for the agent's log.</summary>
    public required string User { get; init; }

    /// <summary>When it stops being good, in milliseconds since 1970 UTC.</summary>
    public required long ExpiresAt { get; init; }

    /// <summary>128 random bits in hexadecimal: what makes it usable once.</summary>
    public required string Nonce { get; init; }
}
