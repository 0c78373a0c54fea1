using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Apply;
using Rempart.ApiServer.Skew;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Registry;

/// <summary>Turns what a caller sent into what may be stored: prepare, default, admit, validate.</summary>
internal sealed class WriteChecks(IReadOnlyList<IAdmissionPlugin> plugins, ObjectCache cache)
{
    /// <summary>The document to store.</summary>
    public async ValueTask<JsonObject> CreateAsync(WriteCall call, string name, JsonObject document, CancellationToken cancellationToken)
    {
        var rules = call.Target.Rules;
        var applied = TakeOwners(document);
        if (!call.ByServer && call.Target.Kind.HasStatus) document.Remove("status");
        rules.Default(document);

        // What the caller sent and its defaults are the caller's; what the server and admission add is nobody's.
        var owners = call.Applies ? applied : FieldOwnership.OfNew(document, call);
        if (!call.ByServer) rules.PrepareForCreate(document, call);
        if (call.Target.Kind.HasGeneration) document.Metadata()["generation"] = 1;
        rules.Default(document);
        CheckRequired(call, name, document);
        // A name that can't be is said before what other objects have to say about it.
        CheckMetadata(call, name, document);
        var request = Request(AdmissionOperation.Create, call, name, document, null);
        await MutateAsync(request, cancellationToken);
        Validate(call, name, document, null);
        await ValidateAsync(request, cancellationToken);
        GiveOwners(document, owners);
        return document;
    }

    /// <summary>The document to store; null when nothing has changed.</summary>
    public async ValueTask<JsonObject?> UpdateAsync(WriteCall call, string name, CachedObject stored, JsonObject document, CancellationToken cancellationToken)
    {
        var (rules, old) = (call.Target.Rules, stored.ToJson());
        var (kept, given) = (TakeOwners(old), TakeOwners(document));
        if (!call.ByServer && !call.Whole) document = rules.Merge(call.Subresource, (JsonObject)old.DeepClone(), document);
        if (stored.HasUnknownFields) UnknownFields.Keep(document, old, Schemas.Of(call.Target.Kind));
        NewObject.KeepIdentity(document, old, call, name);
        CheckFinalizers(call, name, document, old);
        rules.Default(document);
        var owners = call.Applies ? given : FieldOwnership.OfChanged(document, old, given, kept, call);
        if (!call.ByServer && call.Subresource is null) rules.PrepareForUpdate(document, old, call);
        rules.Default(document);
        CheckRequired(call, name, document);
        var request = Request(AdmissionOperation.Update, call, name, document, stored);
        await MutateAsync(request, cancellationToken);
        if (call.Target.Kind.HasGeneration && NewObject.ChangesDesire(document, old)) document.Metadata()["generation"] = (old.Metadata().Number("generation") ?? 0) + 1;
        Validate(call, name, document, stored);
        await ValidateAsync(request, cancellationToken);
        GiveOwners(document, owners);
        return document;
    }

    /// <summary>Lets admission refuse a deletion.</summary>
    public async ValueTask DeleteAsync(WriteCall call, string name, CachedObject stored, CancellationToken cancellationToken)
    {
        var request = Request(AdmissionOperation.Delete, call, name, null, stored);
        await MutateAsync(request, cancellationToken);
        await ValidateAsync(request, cancellationToken);
    }

    /// <summary>Rules and admission look at documents without managedFields: parsing and copying them again and again would cost more than all else.</summary>
    private static JsonArray? TakeOwners(JsonObject document)
    {
        var metadata = document.Metadata();
        var list = metadata["managedFields"] as JsonArray;
        metadata.Remove("managedFields");
        return list;
    }

    private static void GiveOwners(JsonObject document, JsonArray? owners)
    {
        if (owners is not null) document.Metadata()["managedFields"] = owners;
    }

    private AdmissionRequest Request(AdmissionOperation operation, WriteCall call, string name, JsonObject? document, CachedObject? old) => new()
    {
        Operation = operation,
        Kind = call.Target.Kind,
        Namespace = call.Namespace,
        Name = name,
        Subresource = call.Subresource,
        Object = document,
        Old = old,
        Caller = call.Caller,
        DryRun = call.DryRun,
        Forced = call.Forced,
        AuditId = call.Audit.Id,
        ByServer = call.ByServer,
        Now = call.Now,
        Objects = cache,
        Warnings = call.Warnings,
        Together = call.Together,
    };

    private async ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.ByServer) return;
        foreach (var plugin in plugins) await plugin.MutateAsync(request, cancellationToken);
    }

    private async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.ByServer) return;
        foreach (var plugin in plugins) await plugin.ValidateAsync(request, cancellationToken);
    }

    private static void Validate(WriteCall call, string name, JsonObject document, CachedObject? old)
    {
        var kind = call.Target.Kind;
        CheckRequired(call, name, document);
        CheckMetadata(call, name, document);
        var errors = new FieldErrors();
        var typed = (ApiObject)JsonSerializer.Deserialize(document, ApiJson.Lenient.GetTypeInfo(kind.ClrType))!;
        var before = old is null ? null : (ApiObject)JsonSerializer.Deserialize(old.Document.Span, ApiJson.Lenient.GetTypeInfo(kind.ClrType))!;
        call.Target.Rules.Validate(typed, before, errors);
        if (!call.ByServer) call.Target.Rules.ValidateWrite(call.Subresource, typed, before, errors);
        if (call.Served is { } served) call.Target.Rules.ValidateVersion(served, typed, before, errors);
        errors.ThrowIfAny(kind, name);
    }

    /// <summary>A document that lacks a required field has no typed view: neither admission nor its rules can look at it.</summary>
    private static void CheckRequired(WriteCall call, string name, JsonObject document)
    {
        var errors = new FieldErrors();
        RequiredFields.Check(document, Schemas.Of(call.Target.Kind), errors);
        errors.ThrowIfAny(call.Target.Kind, name);
    }

    private static void CheckMetadata(WriteCall call, string name, JsonObject document)
    {
        var errors = new FieldErrors();
        MetadataRules.Validate(call.Target.Kind, Metadata(document), errors);
        errors.ThrowIfAny(call.Target.Kind, name);
    }

    private static ObjectMeta Metadata(JsonObject document) => (ObjectMeta)JsonSerializer.Deserialize(document.Metadata(), ApiJson.Lenient.GetTypeInfo(typeof(ObjectMeta)))!;

    private static void CheckFinalizers(WriteCall call, string name, JsonObject document, JsonObject old)
    {
        if (old.Metadata().Text("deletionTimestamp") is null) return;
        var before = Finalizers(old).ToHashSet(StringComparer.Ordinal);
        var added = Finalizers(document).Where(f => !before.Contains(f)).ToList();
        if (added.Count == 0) return;
        throw Failures.Invalid(call.Target.Kind, name,
        [
            new StatusCause
            {
                Reason = "FieldValueForbidden", Field = "metadata.finalizers",
                Message = $"Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers `{string.Join("`, `", added)}`",
            },
        ]);
    }

    private static IEnumerable<string> Finalizers(JsonObject document) =>
        document["metadata"]?["finalizers"] is JsonArray list ? list.Select(f => f?.GetValue<string>() ?? "") : [];
}
