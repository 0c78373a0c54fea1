using Rempart.Api.Meta;

namespace Rempart.Api.Networking;

/// <summary>What is wanted of an interface.</summary>
public sealed record NetworkInterfaceSpec
{
    /// <summary>Network of the same project. Can't be changed.</summary>
    public required string Network { get; init; }

    /// <summary>Security groups of the same project; the default rules when unset.</summary>
    [ListType]
    public IReadOnlyList<string>? SecurityGroups { get; init; }

    /// <summary>MAC address, unicast and lower case; allocated when unset. Can't be changed.</summary>
    public string? Mac { get; init; }

    /// <summary>IPv4 address inside the network's subnet; allocated when unset. Can't be changed.</summary>
    public string? Address { get; init; }

    /// <summary>Host name in the project's DNS; the interface's name when unset.</summary>
    public string? Hostname { get; init; }
}
