using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Http;

/// <summary>The last stage: finds who answers, and answers.</summary>
internal sealed class DispatchStage(KindTable kinds, ResourceEndpoint resources, IReadOnlyList<ISubresource> subresources, IReadOnlyList<IVirtualKind> asked, IReadOnlyList<IPathEndpoint> paths) : IRequestStage
{
    public async ValueTask RunAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var result = await AnswerAsync(context, cancellationToken);
        if (result is not null) await result.WriteAsync(context, cancellationToken);
    }

    private async Task<ApiResult?> AnswerAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var info = context.Info;
        if (!info.IsResource)
        {
            var path = paths.FirstOrDefault(p => p.Serves(info.Path)) ?? throw Failures.UnknownPath();
            if (info.Verb is not ("get" or "head")) throw Failures.MethodNotAllowed();
            return await path.GetAsync(context, cancellationToken);
        }

        if (kinds.FindVirtual(info.Group, info.Version, info.Resource!) is { } kind)
        {
            if (kind.Namespaced != info.Namespace is not null) throw Failures.UnknownPath();
            if (info.Verb != "create" || info.Name is not null) throw Failures.MethodNotAllowed();
            return await asked.First(a => a.Kind == kind).AskAsync(context, cancellationToken);
        }

        var target = kinds.Find(info.Group, info.Version, info.Resource!) ?? throw Failures.UnknownPath();
        var ns = CheckScope(target, info);
        if (info.Subresource is { } name && subresources.FirstOrDefault(s => s.Kind == target.Kind && s.Name == name) is { } special)
        {
            if (info.Name is null) throw Failures.UnknownPath();
            context.Permit?.GoOn();
            return await special.HandleAsync(context, target, ns, cancellationToken);
        }

        return await resources.HandleAsync(context, target, ns, cancellationToken);
    }

    private static string? CheckScope(KindRegistration target, RequestInfo info)
    {
        if (target.Kind.Namespaced)
        {
            var overAll = info.Namespace is null;
            if (overAll && info.Name is not null) throw Failures.UnknownPath();
            if (overAll && info.Verb is not ("list" or "watch")) throw Failures.MethodNotAllowed();
            return info.Namespace;
        }

        // In the path of a Namespace its name stands where a namespace does.
        if (info.Namespace is not null && !(target.Kind is { Kind: "Namespace", Group: "" } && info.Name == info.Namespace)) throw Failures.UnknownPath();
        return null;
    }
}
