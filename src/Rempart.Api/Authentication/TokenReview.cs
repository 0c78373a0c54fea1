using Rempart.Api.Meta;

namespace Rempart.Api.Authentication;

/// <summary>Asks whose a token is, for programs that take this cluster's service accounts as their own users.</summary>
[ApiKind("authentication.k8s.io", "v1", "tokenreviews", ClusterScoped = true, Virtual = true)]
public sealed record TokenReview : ApiObject
{
    /// <summary>The token.</summary>
    public TokenReviewSpec? Spec { get; init; }

    /// <summary>The answer.</summary>
    public TokenReviewStatus? Status { get; init; }
}
