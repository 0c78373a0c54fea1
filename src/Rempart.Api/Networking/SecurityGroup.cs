using Rempart.Api.Meta;

namespace Rempart.Api.Networking;

/// <summary>Rules on what traffic interfaces accept and send. What no rule allows is dropped.</summary>
[ApiKind("network.rempart.dev", "v1", "securitygroups", ShortNames = ["sg"])]
[PrinterColumn("Ready", ".status.conditions[?(@.type==\"Ready\")].status")]
public sealed record SecurityGroup : ApiObject
{
    /// <summary>The rules.</summary>
    public required SecurityGroupSpec Spec { get; init; }

    /// <summary>Whether the rules are in force.</summary>
    public SecurityGroupStatus? Status { get; init; }
}
