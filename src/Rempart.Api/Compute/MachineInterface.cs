using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>A network interface of a machine.</summary>
public sealed record MachineInterface
{
    /// <summary>The network that every project has, which an interface is on that names none.</summary>
    public const string DefaultNetwork = "default";

    /// <summary>Interfaces of a machine that says nothing of them.</summary>
    public static IReadOnlyList<MachineInterface> Usual { get; } = [new() { Name = "default" }];

    /// <summary>Name inside the machine, a DNS label; the NetworkInterface is named <c>machine-name</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Network of the same project; <c>default</c> when unset.</summary>
    public string? Network { get; init; }

    /// <summary>Security groups of the same project; the default rules when unset.</summary>
    [ListType]
    public IReadOnlyList<string>? SecurityGroups { get; init; }

    /// <summary>MAC address; allocated when unset.</summary>
    public string? Mac { get; init; }

    /// <summary>IP address inside the network's subnet; allocated when unset.</summary>
    public string? Address { get; init; }
}
