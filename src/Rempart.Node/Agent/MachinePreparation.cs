using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Node.Machines;
using Rempart.Node.Networks;
using Rempart.Node.Tracing;
using Rempart.Node.Volumes;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Agent;

/// <summary>Gets ready what a machine needs on this host: volumes, ports, seed. Each step may be repeated.</summary>
internal sealed class MachinePreparation(ApiClient client, AgentDrivers drivers, string node, TimeProvider time)
{
    private const int MaxDisks = 9;
    private const int DefaultMtu = 1442;
    private readonly VolumePlacing placing = new(client, drivers.Volumes, time);

    /// <summary>The open descriptors of everything that the machine may touch.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="note">Told the uids of ports and volumes before any of them is touched, so that a crash forgets none.</param>
    /// <param name="arriving">Its guest comes from another node: volumes are made empty for it, in the pools that are asked for by their names, and nothing is claimed in the API, since all of it is the other node's yet. Null when it begins here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NotReadyException">Something is awaited.</exception>
    public async Task<MachineLaunch> PrepareAsync(VirtualMachine machine, Action<IReadOnlyList<string>, IReadOnlyList<string>> note, IReadOnlyDictionary<string, string>? arriving, CancellationToken cancellationToken)
    {
        if (machine.Status is not { Template: { } template, Resources: { } resources } status) throw new NotReadyException("TemplateUnknown", "the server has not taken the template's settings into the machine");
        var (finding, looking) = (FindVolumesAsync(machine, cancellationToken), InterfacesAsync(machine, cancellationToken));
        await Task.WhenAll(finding, looking);
        var (found, interfaces) = (await finding, await looking);
        note([.. interfaces.Select(nic => nic.Metadata.Uid!)], [.. found.Select(volume => volume.Volume.Metadata.Uid!)]);
        // Until the machine runs, nobody deletes its volumes for not being in use.
        var turns = new ConcurrentBag<IDisposable>();
        // At once: cloning need not wait for the network, nor the other way round, nor either for the seed.
        var (cloned, plugged, seeded) = (
            NodeTracing.StepAsync("volumes", () => EnsureAsync(found, turns, arriving, cancellationToken)),
            NodeTracing.StepAsync("ports", () => PlugAsync(interfaces, arriving is not null, cancellationToken)),
            NodeTracing.StepAsync("write the seed", () => Task.Run(() => drivers.Seeds.Open(Seed(machine, interfaces)), CancellationToken.None)));
        await Task.WhenAll(cloned, plugged, seeded).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Descriptors are open: whatever fails closes them.
        var opened = new List<IDisposable>();
        try
        {
            if (seeded.IsCompletedSuccessfully) opened.Add(await seeded);
            var (volumes, ports, seed) = (await cloned, await plugged, await seeded);
            var disks = new List<MachineDisk>();
            foreach (var (i, volume) in volumes.Index())
            {
                var layers = await drivers.Volumes.Of(volume.Pool).OpenAsync(volume.Volume.Metadata.Uid!, cancellationToken);
                opened.AddRange(layers.Select(layer => layer.File));
                disks.Add(new MachineDisk($"disk{i}", Cut(volume.Name), layers));
            }
            var nics = new List<MachineNic>();
            foreach (var (i, (nic, port)) in ports.Index())
            {
                var tap = drivers.OpenTap(port);
                opened.Add(tap);
                nics.Add(new MachineNic($"nic{i}", nic.Status!.Mac!, tap, port.VnetHeader));
            }
            disks.Add(new MachineDisk("seed", "seed", [new DiskLayer(seed, DiskFormat.Raw, ReadOnly: true)]));
            var boot = await BootAsync(template.Boot, cancellationToken);
            return new MachineLaunch
            {
                Uid = machine.Metadata.Uid!,
                Name = $"{machine.Metadata.Namespace}/{machine.Metadata.Name}",
                MemoryBytes = resources.Memory.Units,
                Vcpus = resources.Cpus,
                Boot = boot,
                Accelerator = drivers.Accelerator,
                Disks = disks,
                Nics = nics,
                Held = turns,
            };
        }
        catch
        {
            foreach (var held in opened.Concat(turns)) held.Dispose();
            throw;
        }
    }

    private async Task<IReadOnlyList<(string Name, Volume Volume)>> FindVolumesAsync(VirtualMachine machine, CancellationToken cancellationToken)
    {
        var wanted = machine.Status!.Volumes ?? [];
        if (wanted.Count < 1 + (machine.Spec.Volumes?.Count ?? 0)) throw new NotReadyException("VolumesPending", "the machine's volumes are being made");
        if (wanted.Count > MaxDisks) throw new NotReadyException("TooManyVolumes", $"a machine has {MaxDisks} volumes at most");
        return await Task.WhenAll(wanted.Select(async (attachment, i) =>
        {
            var volume = await client.FindAsync<Volume>(machine.Metadata.Namespace, attachment.ObjectName, cancellationToken)
                ?? throw new NotReadyException("VolumePending", $"volume `{attachment.ObjectName}` does not exist");
            Check(machine, volume, isRoot: i == 0);
            return (attachment.Name, volume);
        }));
    }

    // Only once all were found to be right.
    private async Task<IReadOnlyList<(string Name, Volume Volume, string Pool)>> EnsureAsync(IReadOnlyList<(string Name, Volume Volume)> found, ConcurrentBag<IDisposable> turns, IReadOnlyDictionary<string, string>? arriving, CancellationToken cancellationToken) =>
        await Task.WhenAll(found.Select(async one =>
        {
            turns.Add(await drivers.VolumeTurns.EnterAsync(one.Volume.Metadata.Uid!, cancellationToken));
            var (volume, pool) = arriving is null ? await EnsureAsync(one.Volume, cancellationToken) : await ReceiveAsync(one.Volume, arriving, cancellationToken);
            return (one.Name, volume, pool);
        }));

    // The status names volumes, and names are the tenant's to give away: one that was swapped after the controller looked must not boot.
    private static void Check(VirtualMachine machine, Volume volume, bool isRoot)
    {
        var name = volume.Metadata.Name;
        if (volume.Metadata.OwnerReferences?.Any(owner => owner.Controller == true && owner.Uid == machine.Metadata.Uid) != true)
            throw new NotReadyException("VolumeTaken", $"volume `{name}` does not belong to this machine; delete it, and the right one is made");
        // A blank volume that begins with an image could be what the guest takes for its root.
        var digest = isRoot ? machine.Status!.Template!.RootDisk.Digest : null;
        if (volume.Spec.Source?.Digest != digest || (!isRoot && volume.Spec.Source?.Image is not null))
            throw new NotReadyException("VolumeDiffers", $"volume `{name}` does not begin with what the machine's template says; delete it, and the right one is made");
    }

    // INVARIANT: the caller holds the volume's turn.
    private async Task<(Volume Volume, string Pool)> EnsureAsync(Volume volume, CancellationToken cancellationToken)
    {
        var name = volume.Metadata.Name;
        // One that is said to be here may have been deleted since it was read. The claim of one that is not is refused then, by its version.
        if (volume.Status?.NodeName is not null)
        {
            volume = await client.FindAsync<Volume>(volume.Metadata.Namespace, name!, cancellationToken) is { } now && now.Metadata.Uid == volume.Metadata.Uid ? now
                : throw new NotReadyException("VolumePending", $"volume `{name}` is gone");
        }
        RefuseDeleted(volume);
        // Without the finalizer the object could vanish and leave the data behind.
        if (volume.Metadata.Finalizers?.Contains(VolumeMarks.Finalizer) != true) throw new NotReadyException("VolumePending", $"volume `{name}` is not ready to hold data yet");
        if (volume.Status?.NodeName is { Length: > 0 } holder && holder != node) throw new NotReadyException("VolumeElsewhere", $"volume `{name}` is on node `{holder}`");
        var pool = await placing.FindAsync(volume, cancellationToken);
        if (volume.Status?.NodeName is null)
        {
            volume = await client.ChangeStatusAsync(volume, current =>
            {
                RefuseDeleted(current);
                return current with { Status = (current.Status ?? new()) with { NodeName = node, Pool = pool, Phase = "Pending" } };
            }, cancellationToken) ?? throw new NotReadyException("VolumePending", $"volume `{name}` is gone");
        }
        try
        {
            var made = await NodeTracing.StepAsync("clone the volume", () => drivers.Volumes.Of(pool).EnsureAsync(new VolumeRequest(volume.Metadata.Uid!, volume.Spec.Size?.Units, Digest(volume.Spec.Source?.Digest)), cancellationToken));
            volume = await ReportAsync(volume, current => current with
            {
                Phase = "Ready",
                // One of an agent that knew one folder alone.
                Pool = current.Pool ?? pool,
                Size = Quantity.FromBytes(made.Size),
                ObservedGeneration = volume.Metadata.Generation,
                Conditions = current.Conditions.With("Ready", true, "Ready", $"the data are on node `{node}`", volume.Metadata.Generation, time.GetUtcNow()),
            }, cancellationToken);
            return (volume, pool);
        }
        catch (VolumeException failure)
        {
            await ReportAsync(volume, current => current with
            {
                Phase = "Failed",
                Conditions = current.Conditions.With("Ready", false, failure.Fault.ToString(), failure.Message, volume.Metadata.Generation, time.GetUtcNow()),
            }, cancellationToken);
            throw;
        }
    }

    // INVARIANT: the caller holds the volume's turn, and the volume is another node's: what is here of it is left from an earlier move, and must not shine through.
    private async Task<(Volume Volume, string Pool)> ReceiveAsync(Volume volume, IReadOnlyDictionary<string, string> asked, CancellationToken cancellationToken)
    {
        RefuseDeleted(volume);
        if (volume.Status?.NodeName is not { Length: > 0 } holder || holder == node) throw new NotReadyException("VolumeElsewhere", $"volume `{volume.Metadata.Name}` is not on another node");
        var pool = asked.GetValueOrDefault(volume.Metadata.Name!) ?? volume.Status.Pool ?? PoolFolders.HomeName;
        await drivers.Volumes.DeleteAsync(volume.Metadata.Uid!, cancellationToken);
        await drivers.Volumes.Of(pool).EnsureAsync(new VolumeRequest(volume.Metadata.Uid!, volume.Status.Size?.Units ?? volume.Spec.Size?.Units, Digest(volume.Spec.Source?.Digest)), cancellationToken);
        return (volume, pool);
    }

    private static void RefuseDeleted(Volume volume)
    {
        if (volume.Metadata.DeletionTimestamp is not null) throw new NotReadyException("VolumeDeleting", $"volume `{volume.Metadata.Name}` is being deleted");
    }

    private async Task<Volume> ReportAsync(Volume volume, Func<VolumeStatus, VolumeStatus> change, CancellationToken cancellationToken) =>
        await client.ChangeStatusAsync(volume, current => current with { Status = change(current.Status ?? new()) }, cancellationToken)
        ?? throw new NotReadyException("VolumePending", $"volume `{volume.Metadata.Name}` is gone");

    private async Task<IReadOnlyList<NetworkInterface>> InterfacesAsync(VirtualMachine machine, CancellationToken cancellationToken)
    {
        var wanted = machine.Status!.NetworkInterfaces ?? [];
        if (wanted.Count < (machine.Spec.NetworkInterfaces?.Count ?? 1)) throw new NotReadyException("InterfacesPending", "the machine's interfaces are being made");
        var ready = new List<NetworkInterface>();
        foreach (var attachment in wanted)
        {
            var nic = await client.FindAsync<NetworkInterface>(machine.Metadata.Namespace, attachment.ObjectName, cancellationToken)
                ?? throw new NotReadyException("InterfacePending", $"interface `{attachment.ObjectName}` does not exist");
            if (nic.Status?.Mac is null || !nic.Status.Conditions.IsTrue("Ready"))
                throw new NotReadyException("InterfacePending", $"interface `{attachment.ObjectName}`: {nic.Status?.Conditions.Find("Ready")?.Message ?? "is not in its network yet"}");
            ready.Add(nic);
        }
        return ready;
    }

    private async Task<IReadOnlyList<(NetworkInterface Interface, NetworkPort Port)>> PlugAsync(IReadOnlyList<NetworkInterface> interfaces, bool arriving, CancellationToken cancellationToken) =>
        await Task.WhenAll(interfaces.Select(async nic =>
        {
            var port = await NodeTracing.StepAsync("plug the port", () => drivers.Networks.BindAsync(nic.Metadata.Uid!, nic.Status?.Mtu ?? DefaultMtu, cancellationToken));
            if (!arriving) await PluggedAsync(nic, cancellationToken);
            return (nic, port);
        }));

    private Task<NetworkInterface?> PluggedAsync(NetworkInterface nic, CancellationToken cancellationToken) => client.ChangeStatusAsync(nic, current => current with
    {
        Status = current.Status! with { Conditions = current.Status.Conditions.With("Bound", true, "Plugged", $"the port is plugged on node `{node}`", current.Metadata.Generation, time.GetUtcNow()) },
    }, cancellationToken);

    private async Task<MachineBoot> BootAsync(TemplateBoot boot, CancellationToken cancellationToken)
    {
        if (boot is not { Firmware: "Direct", Kernel: { } kernel }) throw new NotReadyException("FirmwareUnsupported", $"this node can't boot machines with firmware `{boot.Firmware}` yet; use a template with `Direct`");
        var file = await drivers.Images.OpenAsync(Digest(kernel.Digest)!, cancellationToken);
        SafeFileHandle? initrd = null;
        try
        {
            if (boot.Initrd is { } second) initrd = await drivers.Images.OpenAsync(Digest(second.Digest)!, cancellationToken);
            return new MachineBoot.Kernel(file, initrd, boot.CommandLine ?? "console=ttyS0");
        }
        catch
        {
            file.Dispose();
            initrd?.Dispose();
            throw;
        }
    }

    private static Seed Seed(VirtualMachine machine, IReadOnlyList<NetworkInterface> interfaces) => new()
    {
        InstanceId = machine.Metadata.Uid!,
        Hostname = machine.Spec.Hostname ?? machine.Metadata.Name!,
        SshAuthorizedKeys = machine.Spec.SshAuthorizedKeys ?? [],
        UserData = machine.Spec.UserData,
        Macs = [.. interfaces.Select(nic => nic.Status!.Mac!)],
    };

    private static string? Digest(string? digest) => digest?.StartsWith("sha256:", StringComparison.Ordinal) == true ? digest["sha256:".Length..] : digest;

    private static string Cut(string name) => name.Length <= 20 ? name : name[..20];
}
