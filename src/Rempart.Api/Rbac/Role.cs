using Rempart.Api.Meta;

namespace Rempart.Api.Rbac;

/// <summary>A set of privileges inside a project.</summary>
[ApiKind("rbac.authorization.k8s.io", "v1", "roles")]
public sealed record Role : ApiObject
{
    /// <summary>What may be done; the rules add up.</summary>
    public IReadOnlyList<PolicyRule>? Rules { get; init; }
}
