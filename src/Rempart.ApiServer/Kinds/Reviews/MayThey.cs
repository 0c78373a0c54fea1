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
        return ReviewBody.Answer(asked with { Status = await AnswerAsync(authorizer, asked, asked.Spec, cancellationToken) });
    }

    /// <summary>The answer to a review of somebody.</summary>
    public static async Task<SubjectAccessReviewStatus> AnswerAsync(IAuthorizer authorizer, ApiObject asked, SubjectAccessReviewSpec? spec, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors();
        if (string.IsNullOrEmpty(spec?.User) && spec?.Groups is not { Count: > 0 }) errors.Invalid("spec.user", spec?.User ?? "", "at least one of user or group must be specified");
        errors.ThrowIfAny(KindInfo.Of(asked.GetType()), "");
        var subject = new Caller { Name = spec!.User ?? "", Uid = spec.Uid, Groups = spec.Groups ?? [], Method = "review" };
        return await AccessQuestions.AskAsync(authorizer, asked, subject, spec.ResourceAttributes, spec.NonResourceAttributes, cancellationToken);
    }
}
