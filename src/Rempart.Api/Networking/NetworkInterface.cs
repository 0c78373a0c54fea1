using Rempart.Api.Meta;

namespace Rempart.Api.Networking;

/// <summary>A port on a network with its addresses.</summary>
[ApiKind("network.rempart.dev", "v1", "networkinterfaces", ShortNames = ["nic"])]
[PrinterColumn("Network", ".spec.network")]
[PrinterColumn("Mac", ".status.mac")]
[PrinterColumn("Address", ".status.addresses[*].address")]
[PrinterColumn("Ready", ".status.conditions[?(@.type==\"Ready\")].status")]
[SelectableField("spec.network")]
public sealed record NetworkInterface : ApiObject
{
    /// <summary>What is wanted.</summary>
    public required NetworkInterfaceSpec Spec { get; init; }

    /// <summary>What is allocated and observed.</summary>
    public NetworkInterfaceStatus? Status { get; init; }
}
