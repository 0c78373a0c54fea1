namespace Rempart.Api.Tunnel;

/// <summary>How a stream ended, from the side that ended it.</summary>
public sealed record StreamEnd
{
    /// <summary>Nothing went wrong.</summary>
    public const string Completed = "Completed";

    /// <summary>The agent did not take the ticket.</summary>
    public const string TicketRefused = "TicketRefused";

    /// <summary>The object can't be streamed now, such as the console of a machine that does not run.</summary>
    public const string NotAvailable = "NotAvailable";

    /// <summary>The object was deleted: nothing of it is wanted.</summary>
    public const string Gone = "Gone";

    /// <summary>Something failed that should not have.</summary>
    public const string Failed = "Failed";

    /// <summary>One word: one of the constants here, or a storage fault such as <c>DigestMismatch</c>.</summary>
    public required string Reason { get; init; }

    /// <summary>A sentence for people.</summary>
    public string? Message { get; init; }

    /// <summary>Of a completed upload: bytes that the image takes.</summary>
    public long? Size { get; init; }

    /// <summary>Of a completed upload of a disk: its virtual size in bytes.</summary>
    public long? VirtualSize { get; init; }
}
