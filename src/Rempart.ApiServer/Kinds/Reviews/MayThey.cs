using Rempart.Api.Authorization;
using Rempart.Api.Meta;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Http;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Kinds.Reviews;

/// <summary>Answers whether somebody may do something. Who may ask that is decided like any other request.</summary>
internal sealed class MayThey(IAuthorizer authorizer) : IVirtualKind
{
    public KindInfo Kind { get; } = KindInfo.Of<SubjectAccessReview>();

    public async Task<ApiResult> AskAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var asked = await ReviewBody.ReadAsync<SubjectAccessReview>(context, cancellationToken);
        var errors = new FieldErrors();
        if (string.IsNullOrEmpty(asked.Spec?.User) && asked.Spec?.Groups is not { Count: > 0 }) errors.Invalid("spec.user", asked.Spec?.User, "at least one of user or group must be specified");
        errors.ThrowIfAny(Kind, "");
        var subject = new Caller { Name = asked.Spec!.User ?? "", Groups = asked.Spec.Groups ?? [], Method = "review" };
        var status = await AccessQuestions.AskAsync(authorizer, Kind, subject, asked.Spec.ResourceAttributes, asked.Spec.NonResourceAttributes, cancellationToken);
        return ReviewBody.Answer(asked with { Status = status });
    }
}
