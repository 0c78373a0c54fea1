using Rempart.Api.Meta;

namespace Rempart.Controllers.GarbageCollection;

/// <summary>What is to be done with an object. At most one of these at a time.</summary>
internal abstract record CollectionPlan
{
    private CollectionPlan()
    {
    }

    internal sealed record Nothing : CollectionPlan;

    /// <summary>All owners are gone, or wait for this to go.</summary>
    /// <param name="Propagation">How its own dependents go.</param>
    internal sealed record Delete(string Propagation) : CollectionPlan;

    /// <summary>Some owners are gone, others stay.</summary>
    /// <param name="Owners">Those that stay.</param>
    internal sealed record Detach(IReadOnlyList<OwnerReference> Owners) : CollectionPlan;

    /// <summary>All owners wait for this to go, and one of them belongs to this: nobody would be the first to go.</summary>
    internal sealed record BreakCircle : CollectionPlan;

    /// <summary>The object is being deleted and its dependents stay: each loses its reference to it.</summary>
    internal sealed record OrphanDependents : CollectionPlan;

    /// <summary>The object is being deleted and nothing that blocks that is left.</summary>
    internal sealed record Release(string Finalizer) : CollectionPlan;

    /// <summary>What follows from an object, its owners and its dependents.</summary>
    public static CollectionPlan Decide(ApiObject value, IReadOnlyList<(OwnerReference Reference, OwnerState State)> owners, IReadOnlyList<ApiObject> dependents)
    {
        if (value.Metadata.DeletionTimestamp is not null) return DecideDeleted(value, dependents);
        if (owners.Count == 0 || owners.All(owner => owner.State == OwnerState.Present)) return new Nothing();
        if (owners.Any(owner => owner.State == OwnerState.Present)) return new Detach([.. owners.Where(owner => owner.State == OwnerState.Present).Select(owner => owner.Reference)]);
        if (!owners.Any(owner => owner.State == OwnerState.WaitsForDependents) || dependents.Count == 0) return new Delete(OwnWish(value));
        var circle = dependents.Any(dependent => dependent.Metadata.DeletionTimestamp is not null && Has(dependent, GarbageCollector.Foreground));
        return circle && value.Metadata.OwnerReferences!.Any(owner => owner.BlockOwnerDeletion == true) ? new BreakCircle() : new Delete("Foreground");
    }

    // What its finalizers say about its own dependents holds also when nobody asked for its deletion.
    private static string OwnWish(ApiObject value) => Has(value, GarbageCollector.Orphan) ? "Orphan" : Has(value, GarbageCollector.Foreground) ? "Foreground" : "Background";

    private static bool Has(ApiObject value, string finalizer) => value.Metadata.Finalizers?.Contains(finalizer) == true;

    private static CollectionPlan DecideDeleted(ApiObject value, IReadOnlyList<ApiObject> dependents)
    {
        if (Has(value, GarbageCollector.Orphan)) return dependents.Count > 0 ? new OrphanDependents() : new Release(GarbageCollector.Orphan);
        if (!Has(value, GarbageCollector.Foreground)) return new Nothing();
        var blocked = dependents.Any(dependent => dependent.Metadata.OwnerReferences!.Any(owner => owner.Uid == value.Metadata.Uid && owner.Name == value.Metadata.Name && owner.BlockOwnerDeletion == true));
        return blocked ? new Nothing() : new Release(GarbageCollector.Foreground);
    }
}
