using Rempart.Api.Authorization;
using Rempart.Api.Meta;
using Rempart.ApiServer.Authorization;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Kinds.Reviews;

/// <summary>Puts the question of a review to the authorizer.</summary>
internal static class AccessQuestions
{
    public static async Task<SubjectAccessReviewStatus> AskAsync(
        IAuthorizer authorizer, ApiObject asked, Caller caller, ResourceAttributes? resource, NonResourceAttributes? path, CancellationToken cancellationToken)
    {
        Check(asked, resource, path);
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
            FieldSelector = SelectorAttributes.Text(resource?.FieldSelector),
        }, cancellationToken);
        return new SubjectAccessReviewStatus { Allowed = decision.Allowed, Reason = Given(decision.Reason) };
    }

    private static void Check(ApiObject asked, ResourceAttributes? resource, NonResourceAttributes? path)
    {
        var errors = new FieldErrors();
        if (resource is not null && path is not null) errors.Invalid("spec.nonResourceAttributes", "", "cannot be specified in combination with resourceAttributes");
        if (resource is null && path is null) errors.Invalid("spec.resourceAttributes", null, "exactly one of nonResourceAttributes or resourceAttributes must be specified");
        if (resource?.FieldSelector is { } fields) SelectorAttributes.Check(errors, "spec.resourceAttributes.fieldSelector", fields.RawSelector, fields.Requirements?.Select(r => (r.Key, r.Operator, r.Values)).ToList());
        if (resource?.LabelSelector is { } labels) SelectorAttributes.Check(errors, "spec.resourceAttributes.labelSelector", labels.RawSelector, labels.Requirements?.Select(r => (r.Key, r.Operator, r.Values)).ToList());
        // Go writes a generation of 0 into protobuf.
        var metadata = asked.Metadata ?? new ObjectMeta();
        if (metadata with { ManagedFields = null, Generation = metadata.Generation is 0 ? null : metadata.Generation } != new ObjectMeta()) errors.Invalid("metadata", "", "must be empty");
        errors.ThrowIfAny(KindInfo.Of(asked.GetType()), "");
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
