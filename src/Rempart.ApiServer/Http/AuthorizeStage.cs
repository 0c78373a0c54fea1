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
        var (info, caller) = (context.Info, context.RequiredCaller);
        var request = new AccessRequest
        {
            Caller = caller,
            Verb = info.Verb,
            Group = info.Group,
            Resource = info.Resource,
            Subresource = info.Subresource,
            Namespace = info.Namespace,
            Name = info.Name,
            Path = info.IsResource ? null : info.Path,
            FieldSelector = info.IsResource ? context.Query.FieldSelector : null,
        };
        context.Decision = await authorizer.AuthorizeAsync(request, cancellationToken);
        if (context.Decision.Allowed) return;
        if (caller.Method == AuthenticateStage.AnonymousMethod) throw Failures.Unauthorized();
        throw Refusal(info, caller, context.Decision);
    }

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
