using Rempart.Api.Authorization;
using Rempart.Api.Meta;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Kinds.Reviews;

/// <summary>Answers whether the caller may do something (<c>kubectl auth can-i</c>).</summary>
internal sealed class MayI(IAuthorizer authorizer) : IVirtualKind
{
    public KindInfo Kind { get; } = KindInfo.Of<SelfSubjectAccessReview>();

    public async Task<ApiResult> AskAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var asked = await ReviewBody.ReadAsync<SelfSubjectAccessReview>(context, cancellationToken);
        var status = await AccessQuestions.AskAsync(authorizer, asked, context.RequiredCaller, asked.Spec?.ResourceAttributes, asked.Spec?.NonResourceAttributes, cancellationToken);
        return ReviewBody.Answer(asked with { Status = status });
    }
}
