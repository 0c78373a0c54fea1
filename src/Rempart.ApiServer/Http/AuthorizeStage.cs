using Rempart.Api.Meta;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Http;

/// <summary>Asks the authorizer; an error while deciding denies.</summary>
internal sealed class AuthorizeStage(IAuthorizer authorizer) : IRequestStage
{
    public async ValueTask RunAsync(RequestContext context, CancellationToken cancellationToken)
    {
        context.Decision = await DecideAsync(context, context.Info, cancellationToken);
        if (context.Decision.Allowed) return;
        if (context.RequiredCaller.Method == AuthenticateStage.AnonymousMethod) throw Failures.Unauthorized();
        throw Refusal(context.Info, context.RequiredCaller, context.Decision);
    }

    /// <summary>Asks for a further right that a request turns out to need.</summary>
    /// <param name="context">The request.</param>
    /// <param name="verb">What it is about to do besides its own verb.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ApiException">403: the caller may not.</exception>
    public async ValueTask RequireAsync(RequestContext context, string verb, CancellationToken cancellationToken)
    {
        var info = context.Info with { Verb = verb };
        var decision = await DecideAsync(context, info, cancellationToken);
        if (!decision.Allowed) throw Refusal(info, context.RequiredCaller, decision);
    }

    private ValueTask<AccessDecision> DecideAsync(RequestContext context, RequestInfo info, CancellationToken cancellationToken) => authorizer.AuthorizeAsync(
        new AccessRequest
        {
            Caller = context.RequiredCaller,
            Verb = info.Verb,
            Group = info.Group,
            Resource = info.Resource,
            Subresource = info.Subresource,
            Namespace = info.Namespace,
            Name = info.Name,
            Path = info.IsResource ? null : info.Path,
            FieldSelector = info.IsResource ? context.Query.FieldSelector : null,
        }, cancellationToken);

    private static ApiException Refusal(RequestInfo info, Caller caller, AccessDecision decision)
    {
        var reason = decision.Reason.Length == 0 ? "" : $": {decision.Reason}";
        if (!info.IsResource)
        {
            return ApiException.Failure(403, StatusReason.Forbidden, $"forbidden: User \"{caller.Name}\" cannot {info.Verb} path \"{info.Path}\"{reason}", new StatusDetails());
        }

        var resource = info.Subresource is null ? info.Resource! : $"{info.Resource}/{info.Subresource}";
        var where = info.Namespace is { Length: > 0 } ns ? $"in the namespace \"{ns}\"" : "at the cluster scope";
        var full = info.Group.Length == 0 ? info.Resource! : $"{info.Resource}.{info.Group}";
        var subject = info.Name is null ? full : $"{full} \"{info.Name}\"";
        return ApiException.Failure(403, StatusReason.Forbidden,
            $"{subject} is forbidden: User \"{caller.Name}\" cannot {info.Verb} resource \"{resource}\" in API group \"{info.Group}\" {where}{reason}",
            new StatusDetails { Name = info.Name, Group = info.Group.Length == 0 ? null : info.Group, Kind = info.Resource });
    }
}
