using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Runtime.Conditions;

namespace Rempart.Controllers.Compute;

/// <summary>Decides what a machine needs.</summary>
internal static class MachinePlanner
{
    public static MachinePlan Decide(VirtualMachine machine, MachineSurroundings around)
    {
        if (machine.Metadata.DeletionTimestamp is not null) return new MachinePlan { RemoveFinalizer = IsGoneFromHost(machine, around) };
        if (machine.Status?.Template is null) return new MachinePlan { AddFinalizer = true, Report = Unknown() };
        var volumes = Volumes(machine).Select(wanted => (wanted.Name, Wanted: wanted.Volume, Found: around.Volume(wanted.Volume.Metadata.Name!))).ToList();
        var interfaces = Interfaces(machine).Select(wanted => (wanted.Name, Wanted: wanted.Interface, Found: around.Interface(wanted.Interface.Metadata.Name!))).ToList();
        return new MachinePlan
        {
            AddFinalizer = true,
            Volumes = [.. volumes.Where(volume => volume.Found is null).Select(volume => volume.Wanted)],
            Interfaces = [.. interfaces.Where(nic => nic.Found is null).Select(nic => nic.Wanted)],
            Regrouped = [.. interfaces.Where(nic => Owns(machine, nic.Found) && !SameGroups(nic.Wanted, nic.Found!)).Select(nic => nic.Found! with { Spec = nic.Found.Spec with { SecurityGroups = nic.Wanted.Spec.SecurityGroups } })],
            Report = new MachineReport
            {
                Volumes = [.. volumes.Where(volume => Owns(machine, volume.Found) && Begins(volume.Wanted, volume.Found)).Select(volume => new MachineAttachment { Name = volume.Name, ObjectName = volume.Wanted.Metadata.Name! })],
                Interfaces = [.. interfaces.Where(nic => Owns(machine, nic.Found)).Select(nic => new MachineAttachment { Name = nic.Name, ObjectName = nic.Wanted.Metadata.Name! })],
                Addresses = [.. interfaces.Where(nic => Owns(machine, nic.Found)).SelectMany(nic => nic.Found!.Status?.Addresses ?? []).Select(address => address.Address)],
                VolumesReady = Judge(machine, "volume", "Volume", [.. volumes.Select(volume => (volume.Wanted.Metadata.Name!, (ApiObject?)volume.Found, Begins(volume.Wanted, volume.Found), volume.Found?.Status?.Conditions))]),
                NetworkReady = Judge(machine, "interface", "Interface", [.. interfaces.Select(nic => (nic.Wanted.Metadata.Name!, (ApiObject?)nic.Found, true, nic.Found?.Status?.Conditions))]),
            },
        };
    }

    // Nothing runs where the machine never was, where its node says so, or where its node was taken out of the cluster. While it moves, two hosts have something of it.
    private static bool IsGoneFromHost(VirtualMachine machine, MachineSurroundings around) =>
        !(machine.Status?.Migration is { } move && around.IsMoving(move))
        && (machine.Status?.NodeName is not { Length: > 0 } node
            || machine.Status.Conditions.Find("Running") is { Status: "False", Reason: MachineMarks.Removed }
            || !around.NodeExists(node));

    private static MachineReport Unknown()
    {
        var verdict = new Verdict(false, "TemplateUnknown", "the server has not taken the template's settings into the machine");
        return new MachineReport { Volumes = [], Interfaces = [], Addresses = [], VolumesReady = verdict, NetworkReady = verdict };
    }

    private static IEnumerable<(string Name, Volume Volume)> Volumes(VirtualMachine machine)
    {
        var root = machine.Status!.Template!.RootDisk;
        yield return ("root", Volume(machine, "root", new VolumeSpec
        {
            Size = machine.Spec.RootVolumeSize,
            Source = new VolumeSource { Image = root.Image, Digest = root.Digest },
        }));
        foreach (var extra in machine.Spec.Volumes ?? [])
        {
            yield return (extra.Name, Volume(machine, extra.Name, new VolumeSpec { Size = extra.Size, Pool = extra.Pool }));
        }
    }

    private static Volume Volume(VirtualMachine machine, string name, VolumeSpec spec) =>
        new() { Metadata = Metadata(machine, name) with { Finalizers = [VolumeMarks.Finalizer] }, Spec = spec };

    private static IEnumerable<(string Name, NetworkInterface Interface)> Interfaces(VirtualMachine machine)
    {
        var hostname = machine.Spec.Hostname ?? machine.Metadata.Name;
        foreach (var (i, nic) in (machine.Spec.NetworkInterfaces ?? MachineInterface.Usual).Index())
        {
            yield return (nic.Name, new NetworkInterface
            {
                Metadata = Metadata(machine, nic.Name),
                Spec = new NetworkInterfaceSpec
                {
                    Network = nic.Network ?? MachineInterface.DefaultNetwork,
                    SecurityGroups = nic.SecurityGroups,
                    Mac = nic.Mac,
                    Address = nic.Address,
                    // A name means one address: the first interface's.
                    Hostname = i == 0 ? hostname : null,
                },
            });
        }
    }

    private static ObjectMeta Metadata(VirtualMachine machine, string name)
    {
        var kind = KindInfo.Of<VirtualMachine>();
        return new ObjectMeta
        {
            Namespace = machine.Metadata.Namespace,
            Name = $"{machine.Metadata.Name}-{name}",
            OwnerReferences =
            [
                new() { ApiVersion = kind.ApiVersion, Kind = kind.Kind, Name = machine.Metadata.Name!, Uid = machine.Metadata.Uid!, Controller = true, BlockOwnerDeletion = true },
            ],
        };
    }

    // One that is being deleted is still attached: a running machine holds it until it ends.
    private static bool Owns(VirtualMachine machine, ApiObject? found) =>
        found is not null && found.Metadata.OwnerReferences?.Any(owner => owner.Controller == true && owner.Uid == machine.Metadata.Uid) == true;

    // None named and an empty list are two wishes: the default rules, or none at all.
    private static bool SameGroups(NetworkInterface wanted, NetworkInterface found) =>
        (wanted.Spec.SecurityGroups, found.Spec.SecurityGroups) is (null, null) || (wanted.Spec.SecurityGroups is { } ours && found.Spec.SecurityGroups is { } theirs && ours.SequenceEqual(theirs));

    // Owner references are the tenant's to write: a volume that says it is the machine's may still begin with an image that nobody approved.
    private static bool Begins(Volume wanted, Volume? found) => (found?.Spec.Source ?? new()) == (wanted.Spec.Source ?? new());

    private static Verdict Judge(VirtualMachine machine, string word, string kind, IReadOnlyList<(string Name, ApiObject? Found, bool Fits, IReadOnlyList<Condition>? Conditions)> parts)
    {
        foreach (var (name, found, fits, conditions) in parts)
        {
            if (found is null) return new(false, "Creating", $"{word} `{name}` is being made");
            if (found.Metadata.DeletionTimestamp is not null) return new(false, $"{kind}Deleting", $"{word} `{name}` is being deleted");
            if (!Owns(machine, found)) return new(false, $"{kind}Taken", $"{word} `{name}` exists and belongs to something else; delete it or name the machine differently");
            if (!fits) return new(false, $"{kind}Differs", $"{word} `{name}` does not begin with what the machine's template says; delete it, and the right one is made");
            if (conditions.Find("Ready") is not { } ready) return new(false, $"{kind}Pending", Waiting(machine, word, name));
            if (ready.Status != "True") return new(false, ready.Reason ?? $"{kind}NotReady", $"{word} `{name}`: {ready.Message ?? "is not ready"}");
        }
        return new(true, "Ready", parts.Count == 0 ? $"no {word} is asked for" : $"{parts.Count} {word}{(parts.Count == 1 ? " is" : "s are")} ready");
    }

    private static string Waiting(VirtualMachine machine, string word, string name) => machine.Status?.NodeName is null && word == "volume"
        ? $"volume `{name}` is made on the node that the machine is placed on"
        : $"{word} `{name}` is not ready yet";
}
