using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Api.Tracing;
using Rempart.ApiServer.Fencing;
using Rempart.ApiServer.Placement;
using Rempart.ApiServer.Quotas;
using Rempart.ApiServer.Tracing;
using Rempart.ApiServer.Validation;
using Rempart.Store;

namespace Rempart.ApiServer.Registry;

/// <summary>Creates and changes objects: prepare, default, admit, validate, audit, commit.</summary>
internal sealed class ObjectWriter(ObjectCache cache, IStore store, IValueTransform transform, WriteChecks checks, QuotaLedger quotas, FenceBook fences, HostClaims claims, Func<string, string> generateName)
{
    private const int MostTries = 8;
    private readonly WriteTurns _turns = new();

    public ObjectCache Cache => cache;

    /// <summary>Creates an object from a decoded document.</summary>
    public async Task<WriteOutcome> CreateAsync(WriteCall call, DecodedDocument decoded, CancellationToken cancellationToken)
    {
        await cache.SyncAsync(cancellationToken);
        var kind = call.Target.Kind;
        var document = Parse(decoded);
        var generated = NewObject.Identify(document, call);
        for (var tries = 1; ; tries++)
        {
            if (generated is not null) document.Metadata()["name"] = generateName(generated);
            var name = document.Metadata().Text("name") ?? "";
            call.Together.Clear();
            JsonObject next;
            using (RequestTracing.Source.Step("admission")) next = await checks.CreateAsync(call, name, document, cancellationToken);
            if (cache.Get(kind, call.Namespace, name) is null)
            {
                var outcome = await CommitAsync(call, name, next, null, cancellationToken);
                if (outcome is not null) return outcome with { Created = true };
                // Another key of the commit was in the way: it is looked at again.
                if (call.Together.Count > 0 && tries < MostTries && await IsFreeAsync(call, name, cancellationToken))
                {
                    document = Parse(decoded);
                    generated = NewObject.Identify(document, call);
                    continue;
                }
            }

            if (generated is null) throw Failures.AlreadyExists(kind, name);
            if (tries == MostTries) throw Failures.GenerateNameTaken(kind, name);
        }
    }

    /// <summary>Applies a configuration to an object, which is made when it isn't there.</summary>
    /// <param name="call">Who applies what.</param>
    /// <param name="name">Name.</param>
    /// <param name="merge">Makes the new document from the stored one, or from nothing.</param>
    /// <param name="mayCreate">Throws when the caller may not create the object.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<WriteOutcome> ApplyAsync(WriteCall call, string name, Func<CachedObject?, DecodedDocument> merge, Func<CancellationToken, ValueTask> mayCreate, CancellationToken cancellationToken)
    {
        var kind = call.Target.Kind;
        for (var tries = 1; ; tries++)
        {
            await cache.SyncAsync(cancellationToken);
            try
            {
                if (cache.Get(kind, call.Namespace, name) is not null) return await ModifyAsync(call, name, merge, cancellationToken);
                if (call.Subresource is not null) throw Failures.NotFound(kind, name);
                await mayCreate(cancellationToken);
                return await CreateAsync(call, merge(null), cancellationToken);
            }
            catch (ApiException other) when (tries < MostTries && (other.Status.Reason == StatusReason.AlreadyExists || (other.Code == 404 && (cache.Get(kind, call.Namespace, name) is not null || (call.Subresource is null && other.Status.Details?.Name == name)))))
            {
                // Somebody made it, made it again or deleted it in between.
            }
        }
    }

    /// <summary>Changes an object that exists.</summary>
    /// <param name="call">Who writes what.</param>
    /// <param name="name">Name.</param>
    /// <param name="change">
    /// Makes the new document from the stored one; called again when the object has changed meanwhile. If the new document names
    /// a resourceVersion, it must be the stored one's.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<WriteOutcome> ModifyAsync(WriteCall call, string name, Func<CachedObject, DecodedDocument> change, CancellationToken cancellationToken)
    {
        (call, var pause) = await quotas.PauseAsync(call, cancellationToken);
        using var resumed = pause;
        var kind = call.Target.Kind;
        using var turn = await TurnAsync(call, name, cancellationToken);
        for (var tries = 1; ; tries++)
        {
            await cache.SyncAsync(cancellationToken);
            var old = cache.Get(kind, call.Namespace, name) ?? throw Failures.NotFound(kind, name);
            call.Together.Clear();
            var decoded = change(old);
            var document = Parse(decoded);
            if (document.Metadata().Text("resourceVersion") is { Length: > 0 } version) CheckVersion(kind, name, version, old);
            JsonObject? next;
            using (RequestTracing.Source.Step("admission")) next = await checks.UpdateAsync(call, name, old, document, cancellationToken);
            if (next is null) return new WriteOutcome(old);
            var outcome = NewObject.IsFinished(kind, next) ? await RemoveAsync(call, old, cancellationToken) : await CommitAsync(call, name, next, old, cancellationToken);
            if (outcome is not null) return outcome;
            // Who named a version is told by the next look what became of it: it was changed, or it is gone.
            if (tries == MostTries) throw Failures.Modified(kind, name);
        }
    }

    private async ValueTask<bool> IsFreeAsync(WriteCall call, string name, CancellationToken cancellationToken)
    {
        await cache.SyncAsync(cancellationToken);
        return cache.Get(call.Target.Kind, call.Namespace, name) is null;
    }

    /// <summary>Waits until nobody else in this server changes an object; disposing ends one's turn.</summary>
    public ValueTask<IDisposable> TurnAsync(WriteCall call, string name, CancellationToken cancellationToken) =>
        _turns.EnterAsync(call.Target.Prefix + call.Target.Key(call.Namespace, name), cancellationToken);

    /// <summary>Removes a key; null when it has changed meanwhile.</summary>
    public async Task<WriteOutcome?> RemoveAsync(WriteCall call, CachedObject old, CancellationToken cancellationToken)
    {
        if (call.DryRun) return new WriteOutcome(old) { Removed = true };
        var write = new StoreWrite(call.Target.Prefix + old.Key, null, old.Revision);
        cancellationToken.ThrowIfCancellationRequested();
        var result = await WriteAsync(call, write, old.Raw, QuotaCharge.Of(call, old.Name, write, old, null), await fences.ChangeAsync(call, old.Name, old, null), []);
        return result.IsCommitted ? new WriteOutcome(old.At(result.Revision)) { Removed = true } : null;
    }

    /// <summary>Stores a document; null when the key has changed meanwhile.</summary>
    public async Task<WriteOutcome?> CommitAsync(WriteCall call, string name, JsonObject document, CachedObject? old, CancellationToken cancellationToken)
    {
        var (kind, layout) = (call.Target.Kind, call.Target.Layout);
        var key = call.Target.Prefix + call.Target.Key(call.Namespace, name);
        ReadOnlyMemory<byte> bytes = layout.Serialize(document);
        if (old is not null && old.Stored.Span.SequenceEqual(bytes.Span)) return new WriteOutcome(old);
        var value = new StoredValue(bytes, transform.ToStore(key, bytes));
        var write = new StoreWrite(key, value.Raw, old?.Revision ?? 0);
        var charge = QuotaCharge.Of(call, name, write, old, bytes);
        if (charge is not null && call.Together.Count > 0) throw new System.Diagnostics.UnreachableException($"a write of `{kind.GroupResource}` takes of quotas and has further keys: no commit has room for both");
        // Again at the commit, which alone counts; what is refused here leaves no intent behind.
        if (charge is not null) await quotas.CheckAsync(charge, cancellationToken);
        using var claim = await claims.EnterAsync(call, name, old, bytes, cancellationToken);
        if (call.DryRun) return new WriteOutcome(new CachedObject(layout, call.Target.Key(call.Namespace, name), new StoredValue(bytes, bytes), old?.Revision ?? 0, old?.CreateRevision ?? 0));
        cancellationToken.ThrowIfCancellationRequested();
        var result = await WriteAsync(call, write, old?.Raw, charge, await fences.ChangeAsync(call, name, old, document), claim?.Writes ?? []);
        claim?.Tell(result);
        if (!result.IsCommitted) return null;
        var created = old?.CreateRevision ?? result.Revision;
        return new WriteOutcome(new CachedObject(layout, call.Target.Key(call.Namespace, name), value, result.Revision, created));
    }

    // From the intent on nobody's leaving stops the write: an intent without its outcome stays open until the next start, and callers
    // who leave at that moment again and again would fill the trail with them until it takes nothing more.
    private async Task<CommitResult> WriteAsync(WriteCall call, StoreWrite write, ReadOnlyMemory<byte>? before, QuotaCharge? charge, StoreWrite? term, IReadOnlyList<StoreWrite> claimed)
    {
        using (RequestTracing.Source.Step("audit intent")) await call.Audit.IntentAsync(write.Key, cache.Revision, before, write.Value, CancellationToken.None);
        CommitResult result;
        try
        {
            using (RequestTracing.Source.Step("store commit")) result = await CommitAsync(call, write, charge, term, claimed);
        }
        catch (ApiException refused)
        {
            // A quota had room a moment ago, its project was open, or the writer led.
            await call.Audit.NothingAsync(refused.Code, refused.Message);
            throw;
        }
        catch (StoreLimitException)
        {
            call.Audit.Outcome(0);
            throw;
        }
        catch (StoreUnavailableException full) when (full.IsDiskFull)
        {
            // Known to have changed nothing; clients repeat it for as long as the disk is full, and each would leave an intent open.
            await call.Audit.NothingAsync(507, full.Message);
            throw;
        }

        call.Audit.Outcome(result.Revision);
        return result;
    }

    private async Task<CommitResult> CommitAsync(WriteCall call, StoreWrite write, QuotaCharge? charge, StoreWrite? term, IReadOnlyList<StoreWrite> claimed)
    {
        for (var tries = 1; ; tries++)
        {
            List<StoreWrite> along = [.. call.Together, .. claimed];
            if (term is { } begins) along.Add(begins);
            if (call.Fence is { } token) along.Add(await fences.CheckAsync(token, fresh: false, CancellationToken.None));
            var result = charge is null ? await store.CommitAsync([write, .. along], CancellationToken.None) : await quotas.CommitAsync(charge with { Along = along });
            // Somebody else may have led and left again; then the next look refuses. A conflict that is the object's own is its writer's to know.
            if (result.IsCommitted || tries == MostTries || call.Fence is not { } fence || !result.Conflicts.Any(conflict => FenceBook.IsAbout(fence, conflict))) return result;
            fences.Forget(fence);
        }
    }

    private static void CheckVersion(KindInfo kind, string name, string version, CachedObject old)
    {
        if (version != old.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture)) throw Failures.Modified(kind, name);
    }

    private static JsonObject Parse(DecodedDocument decoded) =>
        (JsonObject)JsonNode.Parse(decoded.Json, documentOptions: new JsonDocumentOptions { MaxDepth = Api.ApiJson.MaxDepth })!;
}
