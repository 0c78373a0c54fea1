namespace Rempart.Api.Audit;

/// <summary>
/// One thing that happened, in the audit trail: who, how authenticated, from where, what, decided how and why, with what result.
/// Never a body and never a secret: contents appear as digests only.
/// </summary>
public sealed record AuditRecord
{
    /// <summary>When, in UTC; the log sets it.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Which moment of the request.</summary>
    public required AuditStage Stage { get; init; }

    /// <summary>Id of the request, the same in its intent and its outcome and in the response's Audit-Id header.</summary>
    public required string AuditId { get; init; }

    /// <summary>Name of the caller, such as <c>alice</c> or <c>system:node:host1</c>.</summary>
    public string? User { get; init; }

    /// <summary>Groups of the caller.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Who acts in the caller's name, if somebody does.</summary>
    public string? ImpersonatedBy { get; init; }

    /// <summary>How the caller was authenticated: <c>certificate</c>, <c>bootstrap-token</c>, <c>anonymous</c>, …</summary>
    public string? Method { get; init; }

    /// <summary>Serial number of the certificate or id of the token; never the credential itself.</summary>
    public string? Credential { get; init; }

    /// <summary>Address that the request came from.</summary>
    public string? Source { get; init; }

    /// <summary>What was asked: <c>create</c>, <c>update</c>, <c>delete</c>, <c>connect</c>, …</summary>
    public string? Verb { get; init; }

    /// <summary>API group of the object; empty for the core group.</summary>
    public string? Group { get; init; }

    /// <summary>Version of the API group.</summary>
    public string? Version { get; init; }

    /// <summary>Plural of the kind, such as <c>virtualmachines</c>.</summary>
    public string? Resource { get; init; }

    /// <summary>Subresource, such as <c>console</c>.</summary>
    public string? Subresource { get; init; }

    /// <summary>Project of the object.</summary>
    public string? Namespace { get; init; }

    /// <summary>Name of the object.</summary>
    public string? Name { get; init; }

    /// <summary>Path of a request that is about no resource; without its query.</summary>
    public string? Path { get; init; }

    /// <summary>Key of the object in the store, from which an intent without outcome is resolved.</summary>
    public string? Key { get; init; }

    /// <summary>Whether it was allowed: <c>allow</c> or <c>deny</c>.</summary>
    public string? Decision { get; init; }

    /// <summary>What decided, such as the role binding or the rule that refused.</summary>
    public string? Reason { get; init; }

    /// <summary>SHA-256 of the stored document before, in hexadecimal; absent for a creation.</summary>
    public string? Before { get; init; }

    /// <summary>SHA-256 of the document after, in hexadecimal; absent for a deletion.</summary>
    public string? After { get; init; }

    /// <summary>HTTP status of the response.</summary>
    public int? Status { get; init; }

    /// <summary>Revision of the commit in the store; of an intent, the newest one that was known before it.</summary>
    public long? Revision { get; init; }

    /// <summary>Anything else worth a sentence.</summary>
    public string? Note { get; init; }

    /// <summary>How many refusals the record stands for; absent for one.</summary>
    public long? Count { get; init; }

    /// <summary>In the first record of a further file: sequence numbers of the intents whose outcome was still to come.</summary>
    public IReadOnlyList<long>? Open { get; init; }
}
