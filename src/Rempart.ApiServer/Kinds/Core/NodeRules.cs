using System.Net;
using System.Net.Sockets;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>Rules of Nodes.</summary>
internal sealed class NodeRules : TypedKindRules<Node>
{
    private const int MostTaints = 64;

    // Each address of a host is kept from the guests of every project.
    private const int MostAddresses = 16;

    protected override void Validate(Node document, Node? old, FieldErrors errors)
    {
        var taints = errors.AtMost("spec.taints", document.Spec?.Taints, MostTaints);
        for (var i = 0; i < taints.Count; i++) errors.OneOf($"spec.taints[{i}].effect", taints[i].Effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
        if (document.Metadata.Annotations?.TryGetValue(CpuOvercommit.Annotation, out var overcommit) == true && CpuOvercommit.Parse(overcommit) is null)
            errors.Invalid($"metadata.annotations[{CpuOvercommit.Annotation}]", overcommit, $"must be a whole number of 1 to {CpuOvercommit.Most}: virtual processors for each processor of the host");
        var addresses = errors.AtMost("status.addresses", document.Status?.Addresses, MostAddresses);
        for (var i = 0; i < addresses.Count; i++) Address($"status.addresses[{i}].address", addresses[i], errors);
        var conditions = errors.AtMost("status.conditions", document.Status?.Conditions, MostTaints);
        for (var i = 0; i < conditions.Count; i++) errors.OneOf($"status.conditions[{i}].status", conditions[i].Status, "True", "False", "Unknown");
    }

    private static void Address(string field, NodeAddress told, FieldErrors errors)
    {
        if (told.Type is "Hostname" or "InternalDNS" or "ExternalDNS") errors.NotLonger(field, told.Address, 253);
        else if (!IPAddress.TryParse(told.Address, out var address) || IsNobodys(address)) errors.Invalid(field, told.Address, "must be an IP address of a host: no loopback, multicast or unspecified one");
    }

    private static bool IsNobodys(IPAddress address) => IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.Equals(IPAddress.Broadcast)
        || address.IsIPv6Multicast || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] is >= 224 and < 240) || address.IsIPv4MappedToIPv6;
}
