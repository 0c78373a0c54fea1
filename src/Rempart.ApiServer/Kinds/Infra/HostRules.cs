using System.Net;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Infra;

/// <summary>Rules of Hosts: a node's word is taken for what its host is made of, in bounded length.</summary>
internal sealed class HostRules : TypedKindRules<Host>
{
    private const int LongestFlag = 64;

    protected override void Validate(Host document, Host? old, FieldErrors errors)
    {
        if (document.Status is not { } status) return;
        var flags = errors.AtMost("status.cpu.flags", status.Cpu?.Flags, HostCpu.MostFlags);
        for (var i = 0; i < flags.Count; i++)
        {
            if (flags[i].Length is 0 or > LongestFlag || flags[i].Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('_' or '-' or '.')))
                errors.Invalid($"status.cpu.flags[{i}]", flags[i], $"must be 1 to {LongestFlag} letters, digits, `_`, `-` or `.`");
        }

        errors.AtMost("status.numaNodes", status.NumaNodes, HostStatus.MostParts);
        errors.AtMost("status.networkDevices", status.NetworkDevices, HostStatus.MostParts);
        errors.AtMost("status.disks", status.Disks, HostStatus.MostParts);
        errors.AtMost("status.tunnels", status.Tunnels, HostStatus.MostParts);
        errors.AtMost("status.pools", status.Pools, HostStatus.MostParts);
        errors.AtMost("status.providerNetworks", status.ProviderNetworks, HostStatus.MostParts);
        var conditions = errors.AtMost("status.conditions", status.Conditions, HostStatus.MostParts);
        for (var i = 0; i < conditions.Count; i++) errors.OneOf($"status.conditions[{i}].status", conditions[i].Status, "True", "False", "Unknown");
        var planes = errors.AtMost("status.planes", status.Planes, HostStatus.MostParts);
        for (var i = 0; i < planes.Count; i++)
        {
            errors.OneOf($"status.planes[{i}].name", planes[i].Name, "management", "migration", "storage", "tenant");
            if (planes[i].Address is { } address && !IPAddress.TryParse(address, out _)) errors.Invalid($"status.planes[{i}].address", address, "must be an IP address");
        }
    }
}
