using Rempart.Api.Compute;
using Rempart.Api.Networking;
using Rempart.Api.Storage;

namespace Rempart.Policy.Authorization;

/// <summary>
/// Which objects a node has to do with: the machines bound to it, what those refer to, and what it holds the data of. Follows the
/// objects as they change; safe for use by many threads.
/// </summary>
/// <param name="time">The clock: sources of moves may read a little longer than the commit.</param>
public sealed class NodeRelations(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<ObjectId, string> nodeOfMachine = [];
    private readonly RelationTable ofMachines = new();
    private readonly RelationTable ofVolumes = new();
    private readonly RelationTable ofInterfaces = new();
    private readonly RelationTable holders = new();
    private readonly MigrationParties moves = new(time);

    /// <summary>Takes in a machine as it is now.</summary>
    public void Put(VirtualMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var id = new ObjectId("virtualmachines", machine.Metadata.Namespace, machine.Metadata.Name ?? "");
        var status = machine.Status;
        lock (gate)
        {
            nodeOfMachine.Remove(id);
            ofMachines.Set(id, []);
            if (status?.NodeName is not { Length: > 0 } node) return;
            nodeOfMachine[id] = node;
            ofMachines.Set(id, [
                .. (status.Volumes ?? []).Select(volume => new ObjectId("volumes", id.Namespace, volume.ObjectName)),
                .. (status.NetworkInterfaces ?? []).Select(nic => new ObjectId("networkinterfaces", id.Namespace, nic.ObjectName)),
                .. ImagesOf(status.Template),
            ]);
        }
    }

    /// <summary>Takes in a move of a machine as it is now.</summary>
    public void Put(MachineMigration migration)
    {
        ArgumentNullException.ThrowIfNull(migration);
        lock (gate) moves.Put(Move(migration.Metadata.Namespace, migration.Metadata.Name ?? ""), migration);
    }

    /// <summary>Takes in an interface as it is now.</summary>
    public void Put(NetworkInterface nic)
    {
        ArgumentNullException.ThrowIfNull(nic);
        Set(ofInterfaces, new ObjectId("networkinterfaces", nic.Metadata.Namespace, nic.Metadata.Name ?? ""), [new ObjectId("networks", nic.Metadata.Namespace, nic.Spec.Network)]);
    }

    /// <summary>Takes in a volume as it is now.</summary>
    public void Put(Volume volume)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var id = new ObjectId("volumes", volume.Metadata.Namespace, volume.Metadata.Name ?? "");
        Set(ofVolumes, id, volume.Spec.Source?.Image is { } image ? [new ObjectId("images", null, image)] : []);
        Set(holders, id, volume.Status?.NodeName is { Length: > 0 } node ? [Node(node)] : []);
    }

    /// <summary>Takes in an image as it is now.</summary>
    public void Put(Image image)
    {
        ArgumentNullException.ThrowIfNull(image);
        Set(holders, new ObjectId("images", null, image.Metadata.Name ?? ""), [.. (image.Status?.Nodes ?? []).Select(Node)]);
    }

    /// <summary>Forgets an object.</summary>
    /// <param name="resource">Plural of its kind.</param>
    /// <param name="ns">Its namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">Its name.</param>
    public void Remove(string resource, string? ns, string name)
    {
        var id = new ObjectId(resource, ns, name);
        lock (gate)
        {
            nodeOfMachine.Remove(id);
            moves.Remove(id);
            foreach (var table in new[] { ofMachines, ofVolumes, ofInterfaces, holders }) table.Set(id, []);
        }
    }

    /// <summary>Whether a machine is bound to a node.</summary>
    public bool IsBound(string node, string? ns, string name)
    {
        lock (gate) return IsBound(node, new ObjectId("virtualmachines", ns, name));
    }

    /// <summary>Whether a node may read a machine: it is bound to the node, or the node is a party of its move.</summary>
    public bool Sees(string node, string? ns, string name)
    {
        var id = new ObjectId("virtualmachines", ns, name);
        lock (gate) return IsBound(node, id) || moves.Takes(id, node);
    }

    /// <summary>Whether a machine is being moved to a node.</summary>
    public bool IsTarget(string node, string? ns, string machine)
    {
        lock (gate) return moves.IsTarget(new ObjectId("virtualmachines", ns, machine), node);
    }

    /// <summary>Whether a node is or was source or target of a move.</summary>
    public bool IsParty(string node, string? ns, string migration)
    {
        lock (gate) return moves.Has(Move(ns, migration), node);
    }

    /// <summary>Whether a node has to do with an object: machines bound to it refer to the object, or the node holds its data.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="resource">Plural: <c>volumes</c>, <c>networkinterfaces</c>, <c>networks</c> or <c>images</c>.</param>
    /// <param name="ns">The object's namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">The object's name.</param>
    public bool Concerns(string node, string resource, string? ns, string name)
    {
        lock (gate) return Concerns(node, new ObjectId(resource, ns, name), machine => IsBound(node, machine));
    }

    /// <summary>Whether a node may read an object: it has to do with it, or is a party of the move of a machine that refers to it.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="resource">Plural, as of <see cref="Concerns(string, string, string?, string)"/>.</param>
    /// <param name="ns">The object's namespace, null for cluster-scoped kinds.</param>
    /// <param name="name">The object's name.</param>
    public bool Sees(string node, string resource, string? ns, string name)
    {
        lock (gate) return Concerns(node, new ObjectId(resource, ns, name), machine => IsBound(node, machine) || moves.Takes(machine, node));
    }

    private bool Concerns(string node, ObjectId id, Func<ObjectId, bool> has) =>
        Directly(node, id, has) || ofVolumes.From(id).Any(volume => Directly(node, volume, has)) || ofInterfaces.From(id).Any(nic => Directly(node, nic, has));

    private bool Directly(string node, ObjectId id, Func<ObjectId, bool> has) => holders.To(id).Contains(Node(node)) || ofMachines.From(id).Any(has);

    private bool IsBound(string node, ObjectId machine) => nodeOfMachine.TryGetValue(machine, out var bound) && bound == node;

    private void Set(RelationTable table, ObjectId from, IReadOnlyList<ObjectId> to)
    {
        lock (gate) table.Set(from, to);
    }

    private static ObjectId Move(string? ns, string name) => new("machinemigrations", ns, name);

    private static ObjectId Node(string name) => new("nodes", null, name);

    private static IEnumerable<ObjectId> ImagesOf(MachineTemplateSpec? template) =>
        template is null ? [] : new[] { template.RootDisk, template.Boot.Kernel, template.Boot.Initrd }.OfType<TemplateDisk>().Select(disk => new ObjectId("images", null, disk.Image));
}
