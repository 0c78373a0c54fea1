using Rempart.Api.Meta;

namespace Rempart.Api.Authorization;

/// <summary>Asks whether somebody may do something inside one project, for those who may ask about that project only.</summary>
[ApiKind("authorization.k8s.io", "v1", "localsubjectaccessreviews", Virtual = true)]
public sealed record LocalSubjectAccessReview : ApiObject
{
    /// <summary>The question; its namespace must be the review's.</summary>
    public SubjectAccessReviewSpec? Spec { get; init; }

    /// <summary>The answer.</summary>
    public SubjectAccessReviewStatus? Status { get; init; }
}
