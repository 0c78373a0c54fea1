using Rempart.Api.Meta;

namespace Rempart.Api.Authentication;

/// <summary>Tells the caller who they are.</summary>
[ApiKind("authentication.k8s.io", "v1", "selfsubjectreviews", ClusterScoped = true, Virtual = true)]
public sealed record SelfSubjectReview : ApiObject
{
    /// <summary>The answer.</summary>
    public SelfSubjectReviewStatus? Status { get; init; }
}
