using System.Collections.Immutable;
using Rempart.Api.Compute;

namespace Rempart.Policy.Placement;

/// <content>Machines and what they take.</content>
public sealed partial class ClusterModel
{
    private readonly Dictionary<(string Namespace, string Name), MachineRecord> _machines = [];
    private readonly Dictionary<string, HashSet<string>> _byNamespace = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Namespace, string Name), Moving> _moves = [];
    private ImmutableDictionary<(string Namespace, string Template), ImmutableDictionary<int, int>> _groups = ImmutableDictionary<(string, string), ImmutableDictionary<int, int>>.Empty;

    /// <summary>A machine is there, or has changed. One that was assumed to be on a host stays there until its object says so, or another one has its name.</summary>
    public void Put(VirtualMachine machine)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var (key, node) = ((machine.Metadata.Namespace!, machine.Metadata.Name!), machine.Status?.NodeName);
        var known = _machines.GetValueOrDefault(key);
        var keeps = node is null && known is { IsAssumed: true } && known.Uid == machine.Metadata.Uid;
        if (node is null && !keeps && known is null) return;
        var host = node is not null ? HostOf(node) : keeps ? known!.Host : -1;
        Set(new MachineRecord
        {
            Namespace = key.Item1,
            Name = key.Item2,
            Uid = machine.Metadata.Uid,
            Labels = machine.Metadata.Labels,
            Demand = MachineDemand.Of(machine),
            Template = machine.Spec.Template,
            Host = host,
            Reserved = Reserved(key, host),
            IsAssumed = keeps,
        });
    }

    /// <summary>A machine is on a host although its object, as it is known, does not say so yet: its binding was accepted a moment ago.</summary>
    public void Assume(MachineFacts machine, string node)
    {
        ArgumentNullException.ThrowIfNull(machine);
        var key = (machine.Namespace, machine.Name);
        if (_machines.TryGetValue(key, out var known) && known.Host >= 0 && !known.IsAssumed && known.Uid == machine.Uid) return;
        Set(new MachineRecord
        {
            Namespace = machine.Namespace,
            Name = machine.Name,
            Uid = machine.Uid,
            Labels = machine.Labels,
            Demand = machine.Demand,
            Template = machine.Template,
            Host = HostOf(node),
            Reserved = Reserved(key, HostOf(node)),
            IsAssumed = true,
        });
    }

    /// <summary>Whether a machine with this uid is on a host, or assumed to be.</summary>
    public bool IsPlaced(string ns, string name, string? uid) => _machines.TryGetValue((ns, name), out var machine) && machine.Host >= 0 && machine.Uid == uid;

    /// <summary>A machine is gone.</summary>
    public void RemoveMachine(string ns, string name)
    {
        if (!_machines.TryGetValue((ns, name), out var machine)) return;
        Take(machine, -1);
        Forget(machine);
        Openings++;
    }

    /// <summary>A move is there, or has changed: while it is under way its machine takes room on both hosts, and counts in the domains of both.</summary>
    public void Put(MachineMigration move)
    {
        ArgumentNullException.ThrowIfNull(move);
        var status = move.Status;
        if (MigrationPhase.IsEnded(status?.Phase) || status?.TargetNode is not { } target || target == status.SourceNode) EndMove(move.Metadata.Namespace!, move.Metadata.Name!);
        else Move((move.Metadata.Namespace!, move.Spec.Machine), new(move.Metadata.Name!, status.SourceNode is { } source ? HostOf(source) : -1, HostOf(target)));
    }

    /// <summary>A move is gone.</summary>
    public void RemoveMove(string ns, string name) => EndMove(ns, name);

    /// <summary>Whether a machine moves to a host, where it takes room already.</summary>
    public bool IsMovingTo(string ns, string name, string node) => _moves.TryGetValue((ns, name), out var move) && _names.Find(node) == move.Target;

    private void EndMove(string ns, string name)
    {
        foreach (var machine in _moves.Where(move => move.Key.Namespace == ns && move.Value.Name == name).Select(move => move.Key).ToList()) Move(machine, null);
    }

    private void Move((string, string) machine, Moving? move)
    {
        if (move is null) _moves.Remove(machine);
        else _moves[machine] = move;
        if (_machines.TryGetValue(machine, out var known)) Set(known with { Reserved = Reserved(machine, known.Host) });
    }

    private int Reserved((string, string) machine, int host) => !_moves.TryGetValue(machine, out var move) ? -1 : move.Target == host ? move.Source : move.Target;

    private void Set(MachineRecord machine)
    {
        var key = (machine.Namespace, machine.Name);
        if (_machines.TryGetValue(key, out var before))
        {
            if (before.IsSame(machine))
            {
                if (before.IsAssumed != machine.IsAssumed) _machines[key] = machine;
                return;
            }

            Take(before, -1);
            if (before.Host >= 0 && (before.Host != machine.Host || machine.Demand.Memory < before.Demand.Memory || machine.Demand.Cpu < before.Demand.Cpu) || before.Reserved != machine.Reserved) Openings++;
        }

        if (machine.Host < 0)
        {
            Forget(machine);
            return;
        }

        _machines[key] = machine;
        if (!_byNamespace.TryGetValue(machine.Namespace, out var names)) _byNamespace[machine.Namespace] = names = new(StringComparer.Ordinal);
        names.Add(machine.Name);
        Take(machine, 1);
    }

    private void Forget(MachineRecord machine)
    {
        _machines.Remove((machine.Namespace, machine.Name));
        if (_byNamespace.TryGetValue(machine.Namespace, out var names) && names.Remove(machine.Name) && names.Count == 0) _byNamespace.Remove(machine.Namespace);
    }

    private void Take(MachineRecord machine, int sign)
    {
        if (machine.Host >= 0) Take(machine, machine.Host, sign);
        if (machine.Reserved >= 0 && machine.Reserved != machine.Host) Take(machine, machine.Reserved, sign);
    }

    private void Take(MachineRecord machine, int host, int sign)
    {
        var taken = _taken[host];
        _taken[host] = (taken.Memory + sign * machine.Demand.Memory, taken.Cpu + sign * machine.Demand.Cpu);
        Fit(host);
        Count(machine, host, sign);
    }

    private void Count(MachineRecord machine, int host, int sign)
    {
        CountRules(machine, host, sign);
        if (machine.Template is null) return;
        var (group, location) = ((machine.Namespace, machine.Template), _hosts[host].Location);
        var counts = _groups.GetValueOrDefault(group, ImmutableDictionary<int, int>.Empty);
        var count = counts.GetValueOrDefault(location) + sign;
        counts = count > 0 ? counts.SetItem(location, count) : counts.Remove(location);
        _groups = counts.IsEmpty ? _groups.Remove(group) : _groups.SetItem(group, counts);
    }

    private sealed record Moving(string Name, int Source, int Target);
}
