using Rempart.Api.Authentication;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Kinds.Reviews;

/// <summary>Answers who asks (<c>kubectl auth whoami</c>).</summary>
internal sealed class WhoAmI : IVirtualKind
{
    public KindInfo Kind { get; } = KindInfo.Of<SelfSubjectReview>();

    public async Task<ApiResult> AskAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var asked = await ReviewBody.ReadAsync<SelfSubjectReview>(context, cancellationToken);
        return ReviewBody.Answer(asked with { Status = new SelfSubjectReviewStatus { UserInfo = Info(context.RequiredCaller) } });
    }

    /// <summary>A caller in the words of the API.</summary>
    public static UserInfo Info(Caller caller)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>(caller.Extra, StringComparer.Ordinal) { ["rempart.dev/method"] = [caller.Method] };
        if (caller.Credential is { } credential) extra["rempart.dev/credential"] = [credential];
        return new UserInfo { Username = caller.Name, Uid = caller.Uid, Groups = caller.Groups, Extra = extra };
    }
}
