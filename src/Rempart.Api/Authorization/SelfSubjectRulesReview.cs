using Rempart.Api.Meta;

namespace Rempart.Api.Authorization;

/// <summary>Asks what the caller may do in a namespace.</summary>
[ApiKind("authorization.k8s.io", "v1", "selfsubjectrulesreviews", ClusterScoped = true, Virtual = true)]
public sealed record SelfSubjectRulesReview : ApiObject
{
    /// <summary>The question.</summary>
    public SelfSubjectRulesReviewSpec? Spec { get; init; }

    /// <summary>The answer.</summary>
    public SubjectRulesReviewStatus? Status { get; init; }
}
