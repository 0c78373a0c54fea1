using Rempart.Api.Compute;
using Rempart.Api.Storage;

namespace Rempart.Policy.Placement;

/// <summary>Everything about a machine that a placement depends on.</summary>
public sealed record MachineFacts
{
    /// <summary>Project.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Uid: another machine may have had the name.</summary>
    public string? Uid { get; init; }

    /// <summary>Labels, which rules select by.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>What it takes.</summary>
    public required MachineDemand Demand { get; init; }

    /// <summary>Labels that its host must have.</summary>
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    /// <summary>Images that its host must have; null while its template's settings are not known, and then no host fits.</summary>
    public IReadOnlyList<string>? Images { get; init; }

    /// <summary>Its volumes that lie on a host already: name and node.</summary>
    public IReadOnlyList<(string Volume, string Node)> Volumes { get; init; } = [];

    /// <summary>Pools that its volumes are in, or are to be in.</summary>
    public IReadOnlyList<string> Pools { get; init; } = [];

    /// <summary>Networks of its project that it is to be on.</summary>
    public IReadOnlyList<string> Networks { get; init; } = [];

    /// <summary>Machines of one project and one template are spread over zones and racks.</summary>
    public string? Template { get; init; }

    /// <summary>The host that it is on.</summary>
    public string? NodeName { get; init; }

    /// <summary>Reads a machine as the API has it.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="volume">Finds a volume of its project by name.</param>
    public static MachineFacts Of(VirtualMachine machine, Func<string, Volume?> volume)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(volume);
        var template = machine.Status?.Template;
        return new MachineFacts
        {
            Namespace = machine.Metadata.Namespace!,
            Name = machine.Metadata.Name!,
            Uid = machine.Metadata.Uid,
            Labels = machine.Metadata.Labels,
            Demand = MachineDemand.Of(machine),
            NodeSelector = machine.Spec.NodeSelector,
            Images = template is null ? null : [.. new[] { template.RootDisk, template.Boot.Kernel, template.Boot.Initrd }.OfType<TemplateDisk>().Select(disk => disk.Image).Distinct(StringComparer.Ordinal)],
            Volumes =
            [
                .. (machine.Status?.Volumes ?? []).Select(attached => (attached.ObjectName, volume(attached.ObjectName)?.Status?.NodeName))
                    .Where(held => held.NodeName is not null).Select(held => (held.ObjectName, held.NodeName!)),
            ],
            Pools = [.. (machine.Status?.Volumes ?? []).Select(attached => volume(attached.ObjectName)).Select(known => known?.Status?.Pool ?? known?.Spec.Pool).OfType<string>().Distinct(StringComparer.Ordinal)],
            Networks = [.. (machine.Spec.NetworkInterfaces ?? MachineInterface.Usual).Select(nic => nic.Network ?? MachineInterface.DefaultNetwork).Distinct(StringComparer.Ordinal)],
            Template = machine.Spec.Template,
            NodeName = machine.Status?.NodeName,
        };
    }
}
