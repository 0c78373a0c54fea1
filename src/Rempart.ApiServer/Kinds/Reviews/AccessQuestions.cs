using Rempart.Api.Authorization;
using Rempart.Api.Meta;
using Rempart.ApiServer.Authorization;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Kinds.Reviews;

/// <summary>Puts the question of a review to the authorizer.</summary>
internal static class AccessQuestions
{
    public static async Task<SubjectAccessReviewStatus> AskAsync(
        IAuthorizer authorizer, KindInfo kind, Caller caller, ResourceAttributes? resource, NonResourceAttributes? path, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        if (resource is null == path is null) errors.Invalid("spec.resourceAttributes", null, "exactly one of nonResourceAttributes or resourceAttributes must be specified");
        errors.ThrowIfAny(kind, "");
        var decision = await authorizer.AuthorizeAsync(new AccessRequest
        {
            Caller = caller,
            Verb = (resource?.Verb ?? path?.Verb) is { Length: > 0 } verb ? verb : "*",
            Group = resource?.Group ?? "",
            Resource = resource is null ? null : resource.Resource ?? "*",
            Subresource = Given(resource?.Subresource),
            Namespace = Given(resource?.Namespace),
            Name = Given(resource?.Name),
            Path = path is null ? null : path.Path ?? "/",
        }, cancellationToken);
        return new SubjectAccessReviewStatus { Allowed = decision.Allowed, Reason = Given(decision.Reason) };
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
