using Rempart.Api.Meta;

namespace Rempart.Api.Networking;

/// <summary>A layer-2 network of a project with its subnet.</summary>
[ApiKind("network.rempart.dev", "v1", "networks", ShortNames = ["net"])]
[PrinterColumn("Type", ".spec.type")]
[PrinterColumn("Subnet", ".status.subnet")]
[PrinterColumn("Gateway", ".status.gateway")]
[PrinterColumn("Ready", ".status.conditions[?(@.type==\"Ready\")].status")]
public sealed record Network : ApiObject
{
    /// <summary>What is wanted.</summary>
    public required NetworkSpec Spec { get; init; }

    /// <summary>What is allocated.</summary>
    public NetworkStatus? Status { get; init; }
}
