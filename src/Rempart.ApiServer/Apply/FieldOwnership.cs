using System.Text.Json.Nodes;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Apply;

/// <summary>
/// Keeps book of who set which field when objects are created, updated and patched: who changes a field takes it from all others
/// (apimachinery <c>managedfields.FieldManager.Update</c>).
/// </summary>
internal static class FieldOwnership
{
    private const string BeforeFirstApply = "before-first-apply";

    /// <summary>Fields that nobody owns: those that name the object, and those that the server alone writes.</summary>
    private static readonly FieldSet Unowned = FieldSet.Named(
        ["apiVersion"], ["kind"], ["metadata"], ["metadata", "name"], ["metadata", "namespace"], ["metadata", "creationTimestamp"], ["metadata", "selfLink"],
        ["metadata", "uid"], ["metadata", "clusterName"], ["metadata", "generation"], ["metadata", "managedFields"], ["metadata", "resourceVersion"]);

    /// <summary>managedFields of a new object.</summary>
    /// <param name="document">The object with its defaults, before the server adds to it.</param>
    /// <param name="call">Who creates it.</param>
    public static JsonArray? OfNew(JsonObject document, WriteCall call)
    {
        var changes = Changes([], document, call);
        return changes.IsEmpty ? null : new OwnerTable([new OwnerEntry(Updater(call), NewObject.Time(call.Now), changes.Set)]).ToJson();
    }

    /// <summary>managedFields of a changed object.</summary>
    /// <param name="document">The object as it will be, before the server adds to it.</param>
    /// <param name="old">The stored one.</param>
    /// <param name="given">managedFields that came with the change.</param>
    /// <param name="kept">managedFields that are stored.</param>
    /// <param name="call">Who changes it.</param>
    public static JsonArray? OfChanged(JsonObject document, JsonObject old, JsonArray? given, JsonArray? kept, WriteCall call)
    {
        // A subresource is no way to write managedFields; clients that know nothing of them leave them out.
        var rewritten = call.Subresource is null && given is not null && given.ToJsonString() != kept?.ToJsonString();
        if (rewritten && IsReset(given!)) return null;
        if (rewritten) OwnerRules.CheckCount(given!.Count, kept?.Count ?? 0, call.Target.Kind, old.Metadata().Text("name"));
        var table = rewritten ? OwnerTable.Read(given) : null;
        if (table is null or { IsEmpty: true }) (table, rewritten) = (null, false);
        else OwnerRules.Check(table, call.Target.Kind, old.Metadata().Text("name"));
        var changes = Changes(old, document, call);
        if (changes.IsEmpty && !rewritten) return Copy(kept);

        // Where nobody was written down from the beginning, nobody is until the first apply.
        table ??= OwnerTable.Read(kept) ?? OwnerTable.Empty;
        return table.IsEmpty ? null : Changed(table, changes, Updater(call), call).Capped().ToJson();
    }

    /// <summary>The table behind a first apply to an object that nobody has kept book of: all that there is belongs to one manager.</summary>
    public static OwnerTable BeforeApply(JsonObject live, WriteCall call)
    {
        var changes = Changes([], live, call);
        var id = new OwnerId(BeforeFirstApply, false, call.Target.Kind.ApiVersion, call.Subresource);
        return changes.Set.IsEmpty ? OwnerTable.Empty : new OwnerTable([new OwnerEntry(id, NewObject.Time(call.Now), changes.Set)]);
    }

    /// <summary>Takes changed and removed fields from everybody else, and those of versions that are not served from all.</summary>
    public static OwnerTable Taken(OwnerTable table, FieldChanges changes, OwnerId by, string version)
    {
        var gone = changes.Set.Union(changes.Removed);
        return new OwnerTable([.. table.Entries.Where(e => e.Id.ApiVersion == version)])
            .Select(e => OwnerTable.Same(e.Id, by) ? e.Fields : e.Fields.Except(gone));
    }

    /// <summary>What counts as changed by a call: not what names the object, and of a status only what comes through a subresource or from the server.</summary>
    public static FieldChanges Changes(JsonObject old, JsonObject document, WriteCall call)
    {
        var changes = FieldChanges.Between(old, document, Schemas.Of(call.Target.Kind)).Except(Unowned);
        return call is { Subresource: null, ByServer: false } && call.Target.Kind.HasStatus ? changes.Without("status") : changes;
    }

    /// <summary>A set without what nobody owns.</summary>
    public static FieldSet Owned(FieldSet set) => set.Except(Unowned);

    private static OwnerTable Changed(OwnerTable table, FieldChanges changes, OwnerId by, WriteCall call)
    {
        var (before, taken) = (table.Of(by), Taken(table, changes, by, by.ApiVersion));
        var mine = (before?.Fields ?? FieldSet.Empty).Except(changes.Removed).Union(changes.Set);
        if (mine.IsEmpty) return new OwnerTable([.. taken.Entries.Where(e => !OwnerTable.Same(e.Id, by))]);

        // The time says when the manager last took something, as upstream has it.
        return changes.Set.IsEmpty ? before is null ? taken : taken.With(before with { Fields = mine }) : taken.With(new OwnerEntry(by, NewObject.Time(call.Now), mine));
    }

    private static OwnerId Updater(WriteCall call) => new(call.Manager, false, call.Target.Kind.ApiVersion, call.Subresource);

    private static bool IsReset(JsonArray given) => given.Count == 0 || (given.Count == 1 && given[0] is JsonObject { Count: 0 });

    private static JsonArray? Copy(JsonArray? list) => list?.Parent is null ? list : (JsonArray)list.DeepClone();
}
