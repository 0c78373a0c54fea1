using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.ApiServer.Quotas;

namespace Rempart.ApiServer.Registry;

/// <summary>Deletes objects: at once, or by asking their finalizers.</summary>
internal sealed class ObjectRemover(ObjectCache cache, ObjectWriter writer, WriteChecks checks, QuotaLedger quotas)
{
    private const string Foreground = "foregroundDeletion";
    private const string Orphan = "orphan";
    private const int MostTries = 8;

    /// <summary>Deletes an object, or marks it for deletion.</summary>
    public async Task<WriteOutcome> DeleteAsync(WriteCall call, string name, DeleteOptions options, CancellationToken cancellationToken)
    {
        CheckOptions(options);
        (call, var pause) = await quotas.PauseAsync(call, cancellationToken);
        using var resumed = pause;
        var kind = call.Target.Kind;
        using var turn = await writer.TurnAsync(call, name, cancellationToken);
        for (var tries = 1; ; tries++)
        {
            await cache.SyncAsync(cancellationToken);
            var old = cache.Get(kind, call.Namespace, name) ?? throw Failures.NotFound(kind, name);
            CheckPreconditions(kind, name, options.Preconditions, old);
            call.Together.Clear();
            if (!call.ByServer) await checks.DeleteAsync(call, name, old, cancellationToken);
            var next = Mark(call, old.ToJson(), options);
            var outcome = NewObject.IsFinished(kind, next)
                ? await writer.RemoveAsync(call, old, cancellationToken)
                : await writer.CommitAsync(call, name, next, old, cancellationToken);
            // What went along with it counts when it is answered: the certificate of a node that is gone opens nothing more.
            if (outcome is not null && call.Together.Count > 0) await cache.CatchUpAsync(cancellationToken);
            if (outcome is not null) return outcome;
            if (tries == MostTries) throw Failures.Modified(kind, name);
        }
    }

    /// <summary>Removes an object whatever its finalizers, if it still has a version.</summary>
    public async Task RemoveNowAsync(WriteCall call, string name, string? version, CancellationToken cancellationToken)
    {
        await cache.SyncAsync(cancellationToken);
        var old = cache.Get(call.Target.Kind, call.Namespace, name) ?? throw Failures.NotFound(call.Target.Kind, name);
        CheckPreconditions(call.Target.Kind, name, new Preconditions { ResourceVersion = version }, old);
        if (await writer.RemoveAsync(call, old, cancellationToken) is null) throw Failures.Modified(call.Target.Kind, name);
    }

    private static JsonObject Mark(WriteCall call, JsonObject document, DeleteOptions options)
    {
        var metadata = document.Metadata();
        var finalizers = (metadata["finalizers"] as JsonArray)?.Select(f => f!.GetValue<string>()).ToList() ?? [];
        var wanted = options.PropagationPolicy ?? options.OrphanDependents switch { true => "Orphan", false => "Background", null => null };
        if (wanted is not null)
        {
            finalizers.RemoveAll(f => f is Foreground or Orphan);
            if (wanted == "Foreground") finalizers.Add(Foreground);
            if (wanted == "Orphan") finalizers.Add(Orphan);
        }

        metadata["finalizers"] = new JsonArray([.. finalizers.Select(f => (JsonNode)f)]);
        if (finalizers.Count == 0) metadata.Remove("finalizers");
        if (metadata.Text("deletionTimestamp") is null)
        {
            metadata["deletionTimestamp"] = NewObject.Time(call.Now);
            metadata["deletionGracePeriodSeconds"] = 0;
            if (call.Target.Kind.HasGeneration) metadata["generation"] = (metadata.Number("generation") ?? 0) + 1;
        }

        if (call.Target.Kind is { Kind: "Namespace", Group: "" }) document.Child("status")["phase"] = "Terminating";
        return document;
    }

    // k8s.io/apimachinery ValidateDeleteOptions. A negative grace period counts as the shortest there, and nothing here has one.
    private static void CheckOptions(DeleteOptions options)
    {
        var errors = new FieldErrors();
        const string Policy = "propagationPolicy";
        if (options is { PropagationPolicy: not null, OrphanDependents: not null }) errors.Invalid(Policy, options.PropagationPolicy, "orphanDependents and deletionPropagation cannot be both set");
        if (options.PropagationPolicy is not (null or "Background" or "Foreground" or "Orphan")) errors.NotSupported(Policy, options.PropagationPolicy, "Foreground", "Background", "Orphan", "nil");
        Failures.ThrowIfAny(nameof(DeleteOptions), errors);
    }

    private static void CheckPreconditions(KindInfo kind, string name, Preconditions? wanted, CachedObject old)
    {
        if (wanted is null) return;
        if (wanted.Uid is { } uid && old.ToJson().Metadata().Text("uid") is var actual && uid != actual)
        {
            throw Failures.Conflict(kind, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {actual}");
        }

        var version = old.Revision.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (wanted.ResourceVersion is { } expected && expected != version)
        {
            throw Failures.Conflict(kind, name, $"Precondition failed: ResourceVersion in precondition: {expected}, ResourceVersion in object meta: {version}");
        }
    }
}
