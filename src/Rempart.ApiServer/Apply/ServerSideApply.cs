using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Apply;

/// <summary>
/// Server-side apply: puts a manager's configuration over the stored object, removes what that manager applied before and
/// applies no more and nobody else owns, and refuses what would take a field from somebody else
/// (structured-merge-diff <c>merge.Updater.Apply</c>).
/// </summary>
internal static class ServerSideApply
{
    /// <summary>A new object of a configuration.</summary>
    public static DecodedDocument Create(JsonObject configuration, WriteCall call, string name)
    {
        var given = configuration.Metadata();
        if (given.Text("name") is not { Length: > 0 } own) throw Failures.BadRequest($"the name of the object ({name} based on URL) was undeterminable: name must be provided");
        if (own != name) throw Failures.BadRequest($"the name of the object ({own}) does not match the name on the URL ({name})");
        if (given.Text("uid") is { Length: > 0 } uid) throw Failures.Conflict(call.Target.Kind, name, $"uid mismatch: the provided object specified uid {uid}, and no existing object was found");
        var document = (JsonObject)configuration.DeepClone();
        var fields = FieldOwnership.Owned(DocumentFields.Of(configuration, Schemas.Of(call.Target.Kind)));
        return Stored(document, new OwnerTable(fields.IsEmpty ? [] : [new OwnerEntry(Applier(call), NewObject.Time(call.Now), fields)]));
    }

    /// <summary>A stored object with a configuration over it.</summary>
    /// <param name="stored">The object; not changed.</param>
    /// <param name="configuration">The configuration; not changed.</param>
    /// <param name="call">Who applies.</param>
    /// <param name="force">Takes fields from others instead of refusing.</param>
    /// <exception cref="ApiException">409: the configuration sets fields of others to other values.</exception>
    public static DecodedDocument Merge(CachedObject stored, JsonObject configuration, WriteCall call, bool force)
    {
        var live = stored.ToJson();
        var kept = live.Metadata()["managedFields"] as JsonArray;
        live.Metadata().Remove("managedFields");
        live.Metadata().Remove("resourceVersion");
        var table = OwnerTable.Read(kept) ?? OwnerTable.Empty;
        if (table.IsEmpty) table = FieldOwnership.BeforeApply(live, call);

        var (schema, me) = (Schemas.Of(call.Target.Kind), Applier(call));
        var before = table.Of(me);
        // What a newer server wrote for this manager stays the manager's: here it can neither be named nor given up.
        var fields = DocumentFields.Of(configuration, schema).WithUnknown(before?.Fields ?? FieldSet.Empty, schema);
        table = table.With(new OwnerEntry(me, before?.Time, fields));
        var merged = DocumentMerge.Of(live, configuration, schema);
        if (before is { Fields.IsEmpty: false } && before.Id.ApiVersion == me.ApiVersion) merged = Prune(merged, before.Fields, table, me.ApiVersion, schema);

        var changes = FieldOwnership.Changes(live, merged, call);
        var conflicts = Conflicts(table, changes, me);
        if (conflicts.Count > 0 && !force && me.Name == LastApplied.Manager)
        {
            var past = LastApplied.Fields(live, call.Target.Kind);
            conflicts = [.. conflicts.Where(c => !past.Contains(c.Path))];
        }

        if (conflicts.Count > 0 && !force) throw ApplyConflict.Refusal(conflicts);
        if (me.Name == LastApplied.Manager && call.Subresource is null) LastApplied.Follow(merged, configuration);
        return Stored(merged, Owners(table, before, FieldOwnership.Owned(fields), changes, me, call, merged.Metadata().Text("name")));
    }

    private static OwnerId Applier(WriteCall call) => new(call.Manager, true, call.Target.Kind.ApiVersion, call.Subresource);

    private static OwnerTable Owners(OwnerTable table, OwnerEntry? before, FieldSet mine, FieldChanges changes, OwnerId me, WriteCall call, string? name)
    {
        if (before is null) OwnerRules.CheckCount(table.Entries.Count, 0, call.Target.Kind, name);
        var others = FieldOwnership.Taken(new OwnerTable([.. table.Entries.Where(e => !OwnerTable.Same(e.Id, me))]), changes, me, me.ApiVersion);

        // Who applies the same again changes nothing, not even a time.
        var same = changes.IsEmpty && before is not null && before.Fields.SameAs(mine);
        return mine.IsEmpty ? others : others.With(new OwnerEntry(me, same ? before!.Time : NewObject.Time(call.Now), mine));
    }

    private static List<ApplyConflict> Conflicts(OwnerTable table, FieldChanges changes, OwnerId me)
    {
        var changed = changes.Set;
        return [.. table.Entries
            .Where(e => !OwnerTable.Same(e.Id, me) && e.Id.ApiVersion == me.ApiVersion)
            .OrderBy(e => e.Id.Name, StringComparer.Ordinal).ThenBy(e => e.Id.Operation, StringComparer.Ordinal).ThenBy(e => e.Id.Subresource, StringComparer.Ordinal)
            .SelectMany(e => e.Fields.Intersect(changed).Paths().Select(path => new ApplyConflict(e.Id, path)))];
    }

    /// <summary>Takes away what was applied last time, puts back what anybody owns, and puts back what was never applied.</summary>
    private static JsonObject Prune(JsonObject merged, FieldSet last, OwnerTable table, string version, Schema schema)
    {
        last = last.WithNamedFields(schema);
        var owned = table.Entries.Where(e => e.Id.ApiVersion == version).Aggregate(FieldSet.Empty, (all, entry) => all.Union(entry.Fields)).WithNamedFields(schema);
        var all = DocumentFields.Of(merged, schema).WithNamedFields(schema);
        var bare = DocumentFields.Of(FieldRemoval.Without(merged, last, schema), schema).WithNamedFields(schema);
        var pruned = FieldRemoval.Without(merged, all.Except(bare.Union(owned)), schema);
        var gone = all.Except(DocumentFields.Of(pruned, schema).WithNamedFields(schema)).Intersect(last);
        return gone.IsEmpty ? merged : FieldRemoval.Without(merged, gone, schema);
    }

    private static DecodedDocument Stored(JsonObject document, OwnerTable owners)
    {
        if (owners.ToJson() is { } list) document.Metadata()["managedFields"] = list;
        return new DecodedDocument { Json = System.Text.Encoding.UTF8.GetBytes(document.ToJsonString()), Missing = new FieldErrors() };
    }
}
