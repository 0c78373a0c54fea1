using Rempart.Api.Authorization;
using Rempart.Api.Meta;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Reviews;

/// <summary>Answers whether somebody may do something in one project: who may ask here learns nothing of others.</summary>
internal sealed class MayTheyHere(IAuthorizer authorizer) : IVirtualKind
{
    public KindInfo Kind { get; } = KindInfo.Of<LocalSubjectAccessReview>();

    public async Task<ApiResult> AskAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var asked = await ReviewBody.ReadAsync<LocalSubjectAccessReview>(context, cancellationToken);
        var ns = context.Info.Namespace;
        if (asked.Metadata?.Namespace is { Length: > 0 } given && given != ns) throw Failures.BadRequest("the namespace of the provided object does not match the namespace sent on the request");
        var errors = new FieldErrors();
        if (asked.Spec?.ResourceAttributes is { } resource && resource.Namespace != ns) errors.Invalid("spec.resourceAttributes.namespace", resource.Namespace ?? "", "must match metadata.namespace");
        if (asked.Spec?.NonResourceAttributes is not null) errors.Invalid("spec.nonResourceAttributes", "", "disallowed on this kind of request");
        errors.ThrowIfAny(Kind, "");
        var question = asked with { Metadata = (asked.Metadata ?? new ObjectMeta()) with { Namespace = null } };
        var status = await MayThey.AnswerAsync(authorizer, question, asked.Spec, cancellationToken);
        return ReviewBody.Answer(asked with { Metadata = question.Metadata with { Namespace = ns }, Status = status });
    }
}
