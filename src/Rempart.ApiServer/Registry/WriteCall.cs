using Rempart.Api.Coordination;
using Rempart.Api.Meta;
using Rempart.ApiServer.Validation;
using Rempart.Policy.Authorization;
using Rempart.Store;

namespace Rempart.ApiServer.Registry;

/// <summary>Who writes what, and how strictly.</summary>
internal sealed record WriteCall
{
    /// <summary>The kind as it is stored.</summary>
    public required KindRegistration Target { get; init; }

    /// <summary>The group and version in which it was sent; null for the server's own writes.</summary>
    public KindInfo? Served { get; init; }

    /// <summary>Namespace in the path; null for cluster-scoped kinds.</summary>
    public required string? Namespace { get; init; }

    /// <summary>Subresource that is written.</summary>
    public string? Subresource { get; init; }

    /// <summary>Who writes.</summary>
    public required Caller Caller { get; init; }

    /// <summary>The audit records of this request.</summary>
    public required IWriteAudit Audit { get; init; }

    /// <summary>Name under which the fields that are written are owned.</summary>
    public required string Manager { get; init; }

    /// <summary>True for a server-side apply, which has kept book of owners itself.</summary>
    public bool Applies { get; init; }

    /// <summary>True for a patch of any other kind: what it does not name stays.</summary>
    public bool Patches { get; init; }

    /// <summary>Checks everything and writes nothing.</summary>
    public bool DryRun { get; init; }

    /// <summary>What becomes of unknown fields.</summary>
    public FieldValidation Validation { get; init; } = FieldValidation.Strict;

    /// <summary>True for the server's own writes, which are not admitted again and replace spec and status alike.</summary>
    public bool ByServer { get; init; }

    /// <summary>True when the server itself made the new document from the stored one: all of it counts.</summary>
    public bool Whole { get; init; }

    /// <summary>True while nobody else of this server writes what quotas of the project count.</summary>
    public bool HoldsQuotas { get; init; }

    /// <summary>Sentences for Warning headers.</summary>
    public ICollection<string> Warnings { get; init; } = [];

    /// <summary>Further keys that the commit writes or looks at. Whoever makes the document fills it, anew at each try. Their audit record is this write's.</summary>
    public IList<StoreWrite> Together { get; } = [];

    /// <summary>Uid of the new object; null for one made then. The server's own choice, never the caller's.</summary>
    public string? Uid { get; init; }

    /// <summary>True for a deletion with no grace at all (`gracePeriodSeconds` 0, kubectl's `--force --grace-period=0`): whoever asks knows that nothing is left to wait for.</summary>
    public bool Forced { get; init; }

    /// <summary>The term of leadership that the write belongs to; null for who is not elected.</summary>
    public FencingToken? Fence { get; init; }

    /// <summary>Time of the request.</summary>
    public required DateTimeOffset Now { get; init; }
}
