using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Informers;

namespace Rempart.Controllers.GarbageCollection;

/// <summary>
/// Collects objects whose owners are gone, for all kinds, from their metadata alone. A cache may be behind: nothing is deleted
/// before the API itself has said that an owner is gone.
/// </summary>
internal sealed class GarbageCollector(ControllerContext context) : IReconciler
{
    public const string Foreground = "foregroundDeletion";
    public const string Orphan = "orphan";

    // Events refer to nothing they could outlive, and there are many.
    private static readonly KindInfo[] Kinds = [.. ApiKinds.All.Where(kind => !kind.Virtual && kind.ClrType != typeof(Event))];

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "garbage-collector",
            Reads = [.. Kinds.Select(kind => ControllerInput.Lifetime(kind, (value, caches) => Wakes(kind, value, caches)))],
            Writes = [],
            Concurrency = 4,
        },
        context => new GarbageCollector(context));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        var name = ObjectKey.From(key);
        if (context.Caches.LifetimeOf(name.Kind).Get(new(name.Namespace, name.Name)) is not { } value) return ReconcileResult.Done;
        var owners = new List<(OwnerReference Reference, OwnerState State)>();
        foreach (var owner in value.Metadata.OwnerReferences ?? []) owners.Add((owner, await StateAsync(value, owner, cancellationToken)));
        var dependents = Dependents(context.Caches, name.Kind, value).ToList();
        await ApplyAsync(name, value, CollectionPlan.Decide(value, owners, [.. dependents.Select(dependent => dependent.Value)]), dependents, cancellationToken);
        return ReconcileResult.Done;
    }

    private async Task ApplyAsync(ObjectKey name, LifetimeMetadata value, CollectionPlan plan, List<(KindInfo Kind, LifetimeMetadata Value)> dependents, CancellationToken cancellationToken)
    {
        switch (plan)
        {
            case CollectionPlan.Nothing:
                break;
            case CollectionPlan.Delete delete:
                var precondition = new Preconditions { Uid = value.Metadata.Uid, ResourceVersion = value.Metadata.ResourceVersion };
                await context.Client.DeleteAsync(name.Kind, name.Namespace, name.Name, new() { PropagationPolicy = delete.Propagation, Preconditions = precondition }, cancellationToken);
                break;
            case CollectionPlan.Detach detach:
                await SetOwnersAsync(name.Kind, value, detach.Owners, cancellationToken);
                break;
            case CollectionPlan.BreakCircle:
                await SetOwnersAsync(name.Kind, value, [.. value.Metadata.OwnerReferences!.Select(owner => owner with { BlockOwnerDeletion = false })], cancellationToken);
                break;
            case CollectionPlan.OrphanDependents:
                await OrphanAsync(value, dependents, cancellationToken);
                break;
            case CollectionPlan.Release release:
                await Finalizers.RemoveAsync(context.Client, name.Kind, value, release.Finalizer, cancellationToken);
                break;
        }
    }

    // One dependent that can't be changed keeps no other from being let go; the owner waits for it, and is tried again.
    private async Task OrphanAsync(LifetimeMetadata value, List<(KindInfo Kind, LifetimeMetadata Value)> dependents, CancellationToken cancellationToken)
    {
        ApiException? first = null;
        foreach (var (kind, dependent) in dependents)
        {
            try
            {
                await SetOwnersAsync(kind, dependent, [.. dependent.Metadata.OwnerReferences!.Where(owner => owner.Uid != value.Metadata.Uid)], cancellationToken);
            }
            catch (ApiException refused) when (refused.Code is 403 or 405 or 409 or 422)
            {
                first ??= refused;
            }
        }
        if (first is not null) throw new ApiException(first.Status, first);
    }

    private async Task<OwnerState> StateAsync(LifetimeMetadata dependent, OwnerReference reference, CancellationToken cancellationToken)
    {
        // An owner of a kind that is not known here can't be judged, so it counts as there.
        if (Kinds.FirstOrDefault(kind => kind.Kind == reference.Kind && kind.ApiVersion == reference.ApiVersion) is not { } kind) return OwnerState.Present;
        var ns = kind.Namespaced ? dependent.Metadata.Namespace : null;
        // A cluster-scoped object can't be owned by something in a project: such a reference points nowhere.
        if (kind.Namespaced && ns is null) return OwnerState.Present;
        var owner = context.Caches.LifetimeOf(kind).Get(new(ns, reference.Name));
        if (owner?.Metadata.Uid != reference.Uid)
        {
            owner = await context.Client.FindAsync<LifetimeMetadata>(kind, ns, reference.Name, cancellationToken);
            if (owner?.Metadata.Uid != reference.Uid) return OwnerState.Absent;
        }
        return owner is { Metadata.DeletionTimestamp: not null } && owner.Metadata.Finalizers?.Contains(Foreground) == true ? OwnerState.WaitsForDependents : OwnerState.Present;
    }

    private async Task SetOwnersAsync(KindInfo kind, LifetimeMetadata value, IReadOnlyList<OwnerReference> owners, CancellationToken cancellationToken)
    {
        var metadata = new JsonObject
        {
            ["resourceVersion"] = value.Metadata.ResourceVersion,
            ["ownerReferences"] = owners.Count == 0 ? null : JsonSerializer.SerializeToNode(new ObjectMeta { OwnerReferences = owners }, ApiJson.Lenient.GetTypeInfo(typeof(ObjectMeta)))!["ownerReferences"]!.DeepClone(),
        };
        var name = ObjectKey.Of(kind, value);
        await context.Client.PatchAsync<LifetimeMetadata>(kind, name.Namespace, name.Name, ApiPatch.Merge(new JsonObject { ["metadata"] = metadata }), null, cancellationToken);
    }

    // A change concerns the object itself, what depends on it, and what it depends on (which may wait for it to go).
    private static IEnumerable<ResourceKey> Wakes(KindInfo kind, LifetimeMetadata value, ICaches caches) =>
    [
        ObjectKey.Of(kind, value).ToResourceKey(),
        .. Dependents(caches, kind, value).Select(dependent => ObjectKey.Of(dependent.Kind, dependent.Value).ToResourceKey()),
        .. (value.Metadata.OwnerReferences ?? []).SelectMany(owner => Kinds.Where(known => known.Kind == owner.Kind && known.ApiVersion == owner.ApiVersion)
            .Select(known => new ObjectKey(known, known.Namespaced ? value.Metadata.Namespace : null, owner.Name).ToResourceKey())),
    ];

    // Whoever names an owner in another project, or another object by its uid, has no say in its end.
    private static IEnumerable<(KindInfo Kind, LifetimeMetadata Value)> Dependents(ICaches caches, KindInfo owner, ApiObject value) => value.Metadata.Uid is not { } uid ? []
        : Kinds.SelectMany(kind => caches.LifetimeOf(kind).OwnedBy(uid).Select(dependent => (kind, dependent)))
            .Where(pair => (!owner.Namespaced || pair.dependent.Metadata.Namespace == value.Metadata.Namespace)
                && pair.dependent.Metadata.OwnerReferences!.Any(reference => reference.Uid == uid && reference.Kind == owner.Kind && reference.ApiVersion == owner.ApiVersion && reference.Name == value.Metadata.Name));
}
