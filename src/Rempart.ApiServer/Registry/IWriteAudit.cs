namespace Rempart.ApiServer.Registry;

/// <summary>The audit records of one request: an intent before each commit, an outcome after it.</summary>
internal interface IWriteAudit
{
    /// <summary>Id of the request in the audit trail.</summary>
    string Id { get; }

    /// <summary>True once an intent was recorded.</summary>
    bool HasBegun { get; }

    /// <summary>Returns once the intent is durable. If it throws, nothing may be written.</summary>
    /// <param name="key">The store's key.</param>
    /// <param name="known">The newest revision of the store that is known: should this be written, then at a later one.</param>
    /// <param name="before">The stored document; null when the object is new.</param>
    /// <param name="after">The document to be stored; null for a deletion.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask IntentAsync(string key, long known, ReadOnlyMemory<byte>? before, ReadOnlyMemory<byte>? after, CancellationToken cancellationToken);

    /// <summary>Records the outcome, without waiting for the disk: should it be lost, the store tells it for the durable intent.</summary>
    /// <param name="revision">Revision of the commit; 0 when there was a conflict and nothing was written.</param>
    void Outcome(long revision);

    /// <summary>Returns once it is recorded that nothing was written, and why: the store could not tell.</summary>
    /// <param name="status">HTTP status of the refusal.</param>
    /// <param name="why">A sentence.</param>
    ValueTask NothingAsync(int status, string why);
}
