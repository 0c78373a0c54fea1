using Rempart.Api.Authentication;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Kinds.Reviews;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>Answers whose a token is (TokenReview). Tokens with which nodes join are none of it: they serve nobody else.</summary>
internal sealed class TokenReviewer(TokenVerifier verifier) : IVirtualKind
{
    public KindInfo Kind { get; } = KindInfo.Of<TokenReview>();

    public async Task<ApiResult> AskAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var asked = await ReviewBody.ReadAsync<TokenReview>(context, cancellationToken);
        if (asked.Spec?.Token is not { Length: > 0 } token) throw Failures.BadRequest("token is required for TokenReview in authentication");
        var audiences = asked.Spec.Audiences is { Count: > 0 } given ? given : [verifier.Audience];
        try
        {
            var (claims, common) = await verifier.VerifyAsync(token, audiences, cancellationToken);
            var user = ServiceAccountUser.Of(claims);
            return ReviewBody.Answer(asked with { Status = new TokenReviewStatus { Authenticated = true, User = WhoAmI.Info(user), Audiences = common } });
        }
        catch (TokenRefusedException refused)
        {
            return ReviewBody.Answer(asked with { Status = new TokenReviewStatus { User = new UserInfo(), Error = refused.Message } });
        }
    }
}
