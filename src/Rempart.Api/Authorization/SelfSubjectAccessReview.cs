using Rempart.Api.Meta;

namespace Rempart.Api.Authorization;

/// <summary>Asks whether the caller may do something.</summary>
[ApiKind("authorization.k8s.io", "v1", "selfsubjectaccessreviews", ClusterScoped = true, Virtual = true)]
public sealed record SelfSubjectAccessReview : ApiObject
{
    /// <summary>The question.</summary>
    public SelfSubjectAccessReviewSpec? Spec { get; init; }

    /// <summary>The answer.</summary>
    public SubjectAccessReviewStatus? Status { get; init; }
}
