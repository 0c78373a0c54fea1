using Rempart.Api.Meta;

namespace Rempart.Api.Authorization;

/// <summary>Asks whether somebody may do something.</summary>
[ApiKind("authorization.k8s.io", "v1", "subjectaccessreviews", ClusterScoped = true, Virtual = true)]
public sealed record SubjectAccessReview : ApiObject
{
    /// <summary>The question.</summary>
    public SubjectAccessReviewSpec? Spec { get; init; }

    /// <summary>The answer.</summary>
    public SubjectAccessReviewStatus? Status { get; init; }
}
