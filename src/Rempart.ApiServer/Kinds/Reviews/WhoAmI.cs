using Rempart.Api.Authentication;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Kinds.Reviews;

/// <summary>Answers who asks (<c>kubectl auth whoami</c>).</summary>
internal sealed class WhoAmI : IVirtualKind
{
    public KindInfo Kind { get; } = KindInfo.Of<SelfSubjectReview>();

    public async Task<ApiResult> AskAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var asked = await ReviewBody.ReadAsync<SelfSubjectReview>(context, cancellationToken);
        var caller = context.RequiredCaller;
        var extra = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal) { ["rempart.dev/method"] = [caller.Method] };
        if (caller.Credential is { } credential) extra["rempart.dev/credential"] = [credential];
        return ReviewBody.Answer(asked with { Status = new SelfSubjectReviewStatus { UserInfo = new UserInfo { Username = caller.Name, Groups = caller.Groups, Extra = extra } } });
    }
}
