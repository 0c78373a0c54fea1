using System.Collections.Immutable;
using Rempart.Api.Compute;
using Rempart.ApiServer.Objects;

namespace Rempart.ApiServer.Tunnel;

/// <summary>Who follows which machine.</summary>
internal sealed class MachineFollowers : IObjectObserver<VirtualMachine>
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string? Namespace, string? Name), ImmutableList<MachineFollower>> followers = [];

    /// <summary>Follows a machine from now on. What happened before must be looked at again by the caller.</summary>
    public MachineFollower Follow(VirtualMachine machine, string node)
    {
        var key = (machine.Metadata.Namespace, machine.Metadata.Name);
        var follower = new MachineFollower(machine.Metadata.Uid!, node, gone => Leave(key, gone));
        lock (gate) followers[key] = followers.GetValueOrDefault(key, []).Add(follower);
        return follower;
    }

    /// <inheritdoc/>
    public void Put(VirtualMachine value) => Tell((value.Metadata.Namespace, value.Metadata.Name), value);

    /// <inheritdoc/>
    public void Remove(string? ns, string name) => Tell((ns, name), null);

    private void Tell((string?, string?) key, VirtualMachine? machine)
    {
        ImmutableList<MachineFollower>? told;
        lock (gate) followers.TryGetValue(key, out told);
        foreach (var follower in told ?? []) follower.Look(machine);
    }

    private void Leave((string?, string?) key, MachineFollower gone)
    {
        lock (gate)
        {
            var left = followers.GetValueOrDefault(key, []).Remove(gone);
            if (left.IsEmpty) followers.Remove(key);
            else followers[key] = left;
        }
    }
}
