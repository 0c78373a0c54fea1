using Rempart.Api.Meta;

namespace Rempart.Api.Security;

/// <summary>A person's word that a template may be used, exactly as it is. Immutable; deleting it revokes it.</summary>
[ApiKind("security.rempart.dev", "v1", "approvals", ClusterScoped = true)]
[PrinterColumn("Template", ".spec.template")]
[PrinterColumn("Approver", ".spec.approver")]
[PrinterColumn("Digest", ".spec.digest", Priority = 1)]
public sealed record Approval : ApiObject
{
    /// <summary>What was approved, and by whom.</summary>
    public required ApprovalSpec Spec { get; init; }
}
