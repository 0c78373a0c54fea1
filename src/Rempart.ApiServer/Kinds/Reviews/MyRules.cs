using Rempart.Api.Authorization;
using Rempart.Api.Meta;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Reviews;

/// <summary>Answers what the caller may do in a project (<c>kubectl auth can-i --list</c>).</summary>
internal sealed class MyRules(IAuthorizer authorizer) : IVirtualKind
{
    public KindInfo Kind { get; } = KindInfo.Of<SelfSubjectRulesReview>();

    public async Task<ApiResult> AskAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var asked = await ReviewBody.ReadAsync<SelfSubjectRulesReview>(context, cancellationToken);
        if (string.IsNullOrEmpty(asked.Spec?.Namespace)) throw Failures.BadRequest("no namespace on request");
        var status = authorizer is IAccessRules rules
            ? await rules.RulesAsync(context.RequiredCaller, asked.Spec!.Namespace!, cancellationToken)
            : new SubjectRulesReviewStatus { Incomplete = true, EvaluationError = "this server's authorizer does not list rules" };
        return ReviewBody.Answer(asked with { Status = status });
    }
}
