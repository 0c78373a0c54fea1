using Rempart.Api.Meta;
using Rempart.ApiServer.Apply;
using Rempart.ApiServer.Patch;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Skew;
using Rempart.ApiServer.Validation;
using Rempart.ApiServer.Watch;

namespace Rempart.ApiServer.Http;

/// <summary>Get, list, watch, create, update, patch and delete of every stored kind.</summary>
internal sealed class ResourceEndpoint(ObjectCache cache, ObjectLister lister, ObjectWriter writer, ObjectRemover remover, WatchStarter watches, IAuditRecords audit, AuthorizeStage authorize)
{
    private const string ApplyType = "application/apply-patch+yaml";

    public async Task<ApiResult?> HandleAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var info = context.Info;
        if (info.Rest.Count > 0) throw Failures.UnknownPath();
        if (info.Subresource is { } subresource && !Serves(target, subresource, info.Verb)) throw Failures.UnknownPath();
        if (info.Subresource is null && !target.Rules.Verbs.Contains(info.Verb)) throw Failures.MethodNotAllowed();
        // Before anything is done: a change whose answer nobody takes would be made all the same.
        if (context.Shape == Presentation.Table) Tables.TablePrinter.ParseInclude(context.Query.IncludeObject);
        return info.Verb switch
        {
            "get" => await GetAsync(context, target, ns, cancellationToken),
            "list" => await ListAsync(context, target, ns, cancellationToken),
            "watch" => await WatchAsync(context, target, ns, cancellationToken),
            "create" when info.Name is null => await CreateAsync(context, target, ns, cancellationToken),
            "update" => await UpdateAsync(context, target, ns, cancellationToken),
            "patch" => await PatchAsync(context, target, ns, cancellationToken),
            "delete" => await DeleteAsync(context, target, ns, cancellationToken),
            "deletecollection" => await DeleteAllAsync(context, target, ns, cancellationToken),
            _ => throw Failures.MethodNotAllowed(),
        };
    }

    /// <summary>What a request that writes brings along.</summary>
    public WriteCall Call(RequestContext context, KindRegistration target, string? ns) => new()
    {
        Target = target.Stored,
        Served = target.Kind,
        Namespace = ns,
        Subresource = context.Info.Subresource,
        Caller = context.RequiredCaller,
        Manager = WriterName.Of(context),
        Audit = audit.Begin(context),
        DryRun = context.Query.DryRun,
        Validation = context.Query.FieldValidation,
        Warnings = context.Warnings,
        Now = context.Now,
        Uid = context.NewUid,
        Fence = context.Fence,
    };

    private static bool Serves(KindRegistration target, string subresource, string verb) =>
        (subresource == "status" && target.Kind.HasStatus && verb is "get" or "update" or "patch")
        || target.Rules.Subresources.Any(s => s.Name == subresource && s.Verbs.Contains(verb));

    private static Selection Selected(RequestContext context, KindRegistration target, string? ns)
    {
        var selection = Selection.Parse(target.Kind, ns, context.Query.LabelSelector, context.Query.FieldSelector);
        if (context.Info.Name is not { } name) return selection;
        // The name in the path comes first: it alone was authorized.
        if (selection.Fields.IsEmpty) return selection with { Fields = Selectors.FieldQuery.Parse($"metadata.name={name}", target.Kind) };
        return selection.Fields.Exact("metadata.name") == name ? selection : throw Failures.BadRequest("fieldSelector metadata.name doesn't match requested name");
    }

    private async Task<ApiResult> GetAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var version = context.Query.ResourceVersion;
        if (version is null) await cache.SyncAsync(cancellationToken);
        else await lister.WaitAsync(ListVersion.Number(version), cancellationToken);
        var found = cache.Get(target.Stored.Kind, ns, context.Info.Name!) ?? throw Failures.NotFound(target.Stored.Kind, context.Info.Name!);
        await audit.ReadAsync(context, target.Kind, cancellationToken);
        return new DocumentResult(200, target.Show(found));
    }

    private async Task<ApiResult> ListAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var page = await lister.ListAsync(target, Selected(context, target, ns), context.Query.Limit, context.Query.Version, cancellationToken);
        await audit.ReadAsync(context, target.Kind, cancellationToken);
        return new ListResult(target.Kind, page);
    }

    private async Task<ApiResult> WatchAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var selection = Selected(context, target, ns);
        await audit.ReadAsync(context, target.Kind, cancellationToken);
        return await watches.StartAsync(context, target, selection, cancellationToken);
    }

    // A change that changes nothing leaves no record of its own, and answers with the object all the same.
    private async Task<ApiResult> AnswerAsync(RequestContext context, KindRegistration target, WriteCall call, int code, WriteOutcome outcome, CancellationToken cancellationToken)
    {
        if (!call.Audit.HasBegun) await audit.ReadAsync(context, call.Target.Kind, cancellationToken);
        return new DocumentResult(code, target.Show(outcome.Object));
    }

    private async Task<ApiResult> CreateAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var call = Call(context, target, ns);
        var decoded = await DecodeAsync(context, target, call, null, cancellationToken);
        return new DocumentResult(201, target.Show((await writer.CreateAsync(call, decoded, cancellationToken)).Object));
    }

    private async Task<ApiResult> UpdateAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var call = Call(context, target, ns);
        var known = cache.Get(target.Stored.Kind, ns, context.Info.Name!);
        var decoded = await DecodeAsync(context, target, call, known is { HasUnknownFields: true } ? body => UnknownFields.Without(body, target.Show(known).Document.Span, Schemas.Of(target.Kind), null) : null, cancellationToken);
        return await AnswerAsync(context, target, call, 200, await writer.ModifyAsync(call, context.Info.Name!, _ => decoded, cancellationToken), cancellationToken);
    }

    private async Task<ApiResult> PatchAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var mediaType = BodyReader.MediaType(context.Http.Request);
        if (mediaType == ApplyType) return await ApplyAsync(context, target, ns, cancellationToken);
        WriterName.ForbidForce(context);
        var call = Call(context, target, ns) with { Patches = true };
        var strategic = !target.Kind.Group.EndsWith(".rempart.dev", StringComparison.Ordinal);
        var type = mediaType switch
        {
            "application/json-patch+json" => PatchType.Json,
            "application/merge-patch+json" => PatchType.Merge,
            "application/strategic-merge-patch+json" when strategic => PatchType.Strategic,
            _ => throw Failures.UnsupportedMediaType($"the body of the request was in an unknown format (`{mediaType}`) - accepted media types include: application/json-patch+json, application/merge-patch+json, {ApplyType}"
                + (strategic ? ", application/strategic-merge-patch+json" : "")),
        };
        var patch = await BodyReader.ReadAsync(context.Http.Request, cancellationToken);
        var schema = Schemas.Of(target.Kind);
        var outcome = await writer.ModifyAsync(call, context.Info.Name!, old =>
        {
            var shown = target.Show(old);
            var patched = DocumentPatch.Apply(type, shown.Document.Span, patch, schema);
            if (old.HasUnknownFields) patched = WithoutUnknown(patched, shown, schema, call.Validation);
            var decoded = DocumentDecoder.Decode(patched, schema, call.Validation);
            Warn(context, decoded);
            return target.Keep(decoded);
        }, cancellationToken);
        return await AnswerAsync(context, target, call, 200, outcome, cancellationToken);
    }

    private async Task<ApiResult> ApplyAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        WriterName.Require(context);
        var (call, name) = (Call(context, target, ns) with { Applies = true }, context.Info.Name!);
        var body = YamlBody.ToJson(await BodyReader.ReadAsync(context.Http.Request, cancellationToken));
        var configuration = target.Keep(AppliedConfiguration.Read(body, call with { Target = target }, name));
        var outcome = await writer.ApplyAsync(call, name,
            stored => stored is null ? ServerSideApply.Create(configuration, call, name) : ServerSideApply.Merge(stored, configuration, call, context.Query.Force == true),
            token => authorize.RequireAsync(context, "create", token), cancellationToken);
        return await AnswerAsync(context, target, call, outcome.Created ? 201 : 200, outcome, cancellationToken);
    }

    private async Task<ApiResult> DeleteAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var options = await OptionsAsync(context, cancellationToken);
        var call = Call(context, target, ns) with { DryRun = context.Query.DryRun || RequestQuery.IsDryRun(options.DryRun ?? []), Forced = options.GracePeriodSeconds == 0 };
        var outcome = await remover.DeleteAsync(call, context.Info.Name!, options, cancellationToken);
        // 202 for those alone who ask by the old option, as in kube-apiserver: others would take it for a failure.
        return outcome.Removed ? new StatusResult(Gone(target.Kind, outcome.Object)) : await AnswerAsync(context, target, call, options.OrphanDependents == false ? 202 : 200, outcome, cancellationToken);
    }

    private async Task<ApiResult> DeleteAllAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var options = await OptionsAsync(context, cancellationToken);
        var call = Call(context, target, ns) with { DryRun = context.Query.DryRun || RequestQuery.IsDryRun(options.DryRun ?? []), Forced = options.GracePeriodSeconds == 0 };
        var page = await lister.ListAsync(target, Selected(context, target, ns), context.Query.Limit, context.Query.Version, cancellationToken);
        foreach (var item in page.Objects)
        {
            try
            {
                await remover.DeleteAsync(call with { Audit = audit.Begin(context) }, item.Name, options, cancellationToken);
            }
            catch (ApiException gone) when (gone.Code == 404)
            {
                // Somebody else was faster.
            }
        }

        if (call.DryRun) await audit.ReadAsync(context, target.Kind, cancellationToken);
        return new ListResult(target.Kind, page);
    }

    // A patch that removes what this server does not know asks for something: it is told that nothing comes of it here.
    private static byte[] WithoutUnknown(byte[] patched, CachedObject shown, Schema schema, FieldValidation validation)
    {
        var removed = new List<string>();
        var known = UnknownFields.Without(patched, shown.Document.Span, schema, removed);
        return removed.Count == 0 || validation != FieldValidation.Strict ? known
            : throw Failures.BadRequest($"strict decoding error: {string.Join(", ", removed.Select(path => $"unknown field \"{path}\""))}: a newer server wrote that; change it through one of that version");
    }

    private static async Task<DecodedDocument> DecodeAsync(RequestContext context, KindRegistration target, WriteCall call, Func<byte[], byte[]>? prepare, CancellationToken cancellationToken)
    {
        var body = await BodyReader.ReadJsonAsync(context.Http.Request, cancellationToken);
        if (prepare is not null) body = prepare(body);
        var decoded = DocumentDecoder.Decode(body, Schemas.Of(target.Kind), call.Validation);
        Warn(context, decoded);
        return target.Keep(decoded);
    }

    private static void Warn(RequestContext context, DecodedDocument decoded)
    {
        foreach (var warning in decoded.Warnings)
        {
            if (!context.Warnings.Contains(warning)) context.Warnings.Add(warning);
        }
    }

    private static async Task<DeleteOptions> OptionsAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var body = await BodyReader.ReadJsonAsync(context.Http.Request, cancellationToken);
        // As in kube-apiserver: a body says everything, and the query counts only without one. But a dry run is one wherever it is asked for.
        return body.Length > 0
            ? DocumentDecoder.Decode(body, Schemas.Of(typeof(DeleteOptions)), FieldValidation.Strict).As<DeleteOptions>()
            : new DeleteOptions { PropagationPolicy = context.Query.PropagationPolicy, OrphanDependents = context.Query.OrphanDependents, GracePeriodSeconds = context.Query.GracePeriodSeconds };
    }

    private static ApiStatus Gone(KindInfo kind, CachedObject removed) => new()
    {
        Status = "Success",
        Code = 200,
        Details = new StatusDetails { Name = removed.Name, Group = kind.Group.Length == 0 ? null : kind.Group, Kind = kind.Plural, Uid = removed.ToJson().Metadata().Text("uid") },
    };
}
