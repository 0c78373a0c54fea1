using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Quotas;
using Rempart.Store;

namespace Rempart.ApiServer.Quotas;

/// <summary>A project and its quotas as they were at one revision.</summary>
/// <param name="Key">The store's key of the namespace.</param>
/// <param name="Namespace">The namespace; null when there is none.</param>
/// <param name="Quotas">Its quotas.</param>
internal sealed record QuotaState(string Key, CachedObject? Namespace, IReadOnlyList<CachedObject> Quotas)
{
    /// <summary>Most quotas of a project: each is a key of the commits that it counts, beside the namespace, the object itself and the writer's term of leadership or the host of a machine that grows.</summary>
    public const int Most = StoreLimits.CommitWrites - 3;

    /// <summary>
    /// What ties a commit to this state: quotas that begin or change write the namespace as it is, so that it has another revision, and
    /// so does whoever begins to delete it.
    /// </summary>
    public StoreWrite Tie(bool changesLimits) => changesLimits && Namespace is { } ns ? new StoreWrite(Key, ns.Raw, ns.Revision) : StoreWrite.Check(Key, Namespace?.Revision ?? 0);

    /// <summary>Why the write may not be made in this state, whatever its quotas say; null when it may.</summary>
    public ApiException? Refusal(QuotaCharge charge)
    {
        if (!charge.Creates) return null;
        var (kind, ns) = (charge.Call.Target.Kind, charge.Namespace);
        if (!charge.Call.ByServer && NamespaceLifecycle.Refusal(kind, charge.Name, ns, Namespace?.As<Namespace>()) is { } closed) return closed;
        return charge.IsOfQuota && Quotas.Count >= Most ? Failures.Forbidden(kind, charge.Name, $"namespace `{ns}` has {Quotas.Count} resource quotas, and more than {Most} can't be kept in step: put its limits into fewer") : null;
    }

    /// <summary>Why a quota refuses the write; null when all take it.</summary>
    public static ApiException? Refusal(QuotaCharge charge, IEnumerable<QuotaBook> books)
    {
        if (!charge.IsAsked) return null;
        var why = books.Select(book => book.Refusal(charge.Change, charge.Creates ? charge.Value : null)).FirstOrDefault(sentence => sentence is not null);
        return why is null ? null : Failures.Forbidden(charge.Call.Target.Kind, charge.Name, why);
    }
}
