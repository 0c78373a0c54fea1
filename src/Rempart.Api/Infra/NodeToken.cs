using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>
/// Lets one host join the cluster once, as one node. Its name is the id of a <see cref="BootstrapToken"/> that whoever makes it keeps;
/// the API knows the token's hash only.
/// </summary>
[ApiKind("infra.rempart.dev", "v1", "nodetokens", ClusterScoped = true)]
[PrinterColumn("Node", ".spec.node")]
[PrinterColumn("Used", ".status.usedAt")]
[PrinterColumn("Expires", ".status.expiresAt")]
[SelectableField("spec.node")]
public sealed record NodeToken : ApiObject
{
    /// <summary>Which token, and what for. Can't be changed.</summary>
    public required NodeTokenSpec Spec { get; init; }

    /// <summary>What became of it; written by the server.</summary>
    public NodeTokenStatus? Status { get; init; }
}
