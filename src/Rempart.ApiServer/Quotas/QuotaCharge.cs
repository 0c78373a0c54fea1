using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Quotas;
using Rempart.Store;

namespace Rempart.ApiServer.Quotas;

/// <summary>A write of one object and what it takes of its project's quotas.</summary>
internal sealed record QuotaCharge
{
    /// <summary>Who writes.</summary>
    public required WriteCall Call { get; init; }

    /// <summary>Name of the object.</summary>
    public required string Name { get; init; }

    /// <summary>The write itself.</summary>
    public required StoreWrite Write { get; init; }

    /// <summary>What it takes more, or gives back.</summary>
    public required IReadOnlyDictionary<string, decimal> Change { get; init; }

    /// <summary>The object where its kind says more than that it is there; null when it goes.</summary>
    public ApiObject? Value { get; init; }

    /// <summary>What goes into the same commit besides, and is no quota's: the term of leadership that the write belongs to, or that it begins.</summary>
    public IReadOnlyList<StoreWrite> Along { get; init; } = [];

    public string Namespace => Call.Namespace!;

    public bool Creates => Write is { ExpectedRevision: 0 };

    /// <summary>The object is a quota itself.</summary>
    public bool IsOfQuota => Call.Target.Kind == KindInfo.Of<ResourceQuota>();

    /// <summary>Whether limits begin or change: whoever writes into the project at the same moment without knowing them must fail.</summary>
    public bool SetsLimits => IsOfQuota && Write.Value is not null;

    /// <summary>Whether a quota may refuse it. What is observed is observed: a status is counted and not refused, as in Kubernetes.</summary>
    public bool IsAsked => Call.Subresource != "status" && Write.Value is not null;

    /// <summary>Whether a conflict is the write's own, and its writer's to know, not one of what quotas say.</summary>
    public bool IsOwn(StoreConflict conflict) => conflict.Key == Write.Key || Along.Any(other => other.Key == conflict.Key);

    /// <summary>The charge of a write; null when it changes nothing that quotas count, which costs nothing.</summary>
    /// <param name="call">Who writes.</param>
    /// <param name="name">Name of the object.</param>
    /// <param name="write">The write.</param>
    /// <param name="old">The stored object; null when it is new.</param>
    /// <param name="document">The new document; null when it goes.</param>
    public static QuotaCharge? Of(WriteCall call, string name, StoreWrite write, CachedObject? old, ReadOnlyMemory<byte>? document)
    {
        var kind = call.Target.Kind;
        if (call.Namespace is null || !ObjectUsage.Counted(kind)) return null;
        var varies = ObjectUsage.Varies(kind);
        var limits = kind == KindInfo.Of<ResourceQuota>();
        if (old is not null && document is not null && !varies && !limits) return null;
        var value = varies && document is { } bytes ? (ApiObject)JsonSerializer.Deserialize(bytes.Span, kind.ClrType, ApiJson.Lenient)! : null;
        var before = old is null ? ObjectUsage.Nothing : ObjectUsage.Of(kind, varies ? old.As<ApiObject>() : null);
        var change = ObjectUsage.Difference(before, document is null ? ObjectUsage.Nothing : ObjectUsage.Of(kind, value));
        if (change.Count == 0 && !limits) return null;
        return new QuotaCharge { Call = call, Name = name, Write = write, Change = change, Value = value };
    }
}
