using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Policy.Placement;

namespace Rempart.Policy.Simulation;

/// <summary>Lets things happen to a cluster, with every machine placed by the code that the scheduler uses.</summary>
public sealed class ClusterSimulation
{
    // Signs of life are not simulated: at this time no lease has lapsed.
    private static readonly DateTimeOffset Now = DateTimeOffset.MinValue;

    private readonly ClusterModel _model = new();
    private readonly SimulatedCluster _cluster;
    private readonly TimeProvider _time;
    private readonly ulong _seed;
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Namespace, string Name), VirtualMachine> _placed = [];
    private readonly Dictionary<(string Namespace, string Name), (VirtualMachine Machine, string Why)> _waiting = [];
    private readonly HashSet<(string Namespace, string Name)> _networks;
    private (int Arrived, int Departed, int Failed, int Moved, int Decisions) _count;
    private TimeSpan _took;

    private ClusterSimulation(SimulatedCluster cluster, ulong seed, TimeProvider time)
    {
        (_cluster, _seed, _time) = (cluster, seed, time);
        _networks = cluster.Hosts.Count == 0 ? [] : [.. cluster.Networks.Select(network => (network.Metadata.Namespace!, network.Metadata.Name!))];
        foreach (var hosts in cluster.Clusters) _model.Put(hosts);
        foreach (var node in cluster.Nodes) Set(node);
        foreach (var host in cluster.Hosts) _model.Put(host);
        foreach (var network in cluster.Networks) _model.Put(network);
        foreach (var rule in cluster.Rules) _model.Put(rule);
        foreach (var machine in cluster.Standing) Stand(machine);
    }

    /// <summary>Runs all events and looks at what has come of them.</summary>
    /// <param name="cluster">What it begins with, and what happens.</param>
    /// <param name="seed">Decides among hosts that are equally good.</param>
    /// <param name="time">Measures.</param>
    /// <param name="progress">Told how many events there were, now and then.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static SimulationResult Run(SimulatedCluster cluster, ulong seed, TimeProvider time, Action<int> progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(progress);
        return new ClusterSimulation(cluster, seed, time).Run(progress, cancellationToken);
    }

    private SimulationResult Run(Action<int> progress, CancellationToken cancellationToken)
    {
        var events = 0;
        foreach (var happening in _cluster.Events)
        {
            if (events++ % 1000 == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress(events);
            }

            Happen(happening);
        }

        // What has left since may have made room.
        foreach (var machine in WaitingOrder.Of(_waiting.Values.Select(waiting => waiting.Machine))) Place(machine);
        var plain = new PlacementAudit([.. _nodes.Values], [.. _placed.Values], _cluster.Rules, _cluster.Clusters);
        return plain.Measure() with
        {
            Arrived = _count.Arrived, Departed = _count.Departed, Failed = _count.Failed, Moved = _count.Moved, Decisions = _count.Decisions, Took = _took,
            Unplaced = _waiting.Values.GroupBy(waiting => waiting.Why, StringComparer.Ordinal).ToDictionary(why => why.Key, why => why.Count(), StringComparer.Ordinal),
        };
    }

    private void Happen(SimulationEvent happening)
    {
        switch (happening)
        {
            case SimulationEvent.Arrival arrival:
                _count.Arrived++;
                Place(arrival.Machine);
                break;
            case SimulationEvent.Departure departure:
                _count.Departed++;
                Leave((departure.Namespace, departure.Name));
                break;
            case SimulationEvent.Failure failure when _nodes.TryGetValue(failure.Node, out var node):
                _count.Failed++;
                Set(Ready(node, "Unknown"));
                foreach (var machine in _placed.Values.Where(machine => machine.Status!.NodeName == failure.Node).ToList())
                {
                    Leave((machine.Metadata.Namespace!, machine.Metadata.Name!));
                    if (Place(machine with { Status = machine.Status! with { NodeName = null } })) _count.Moved++;
                }

                break;
            case SimulationEvent.Recovery recovery when _nodes.TryGetValue(recovery.Node, out var node):
                Set(Ready(node, "True"));
                break;
        }
    }

    private static Node Ready(Node node, string ready) => node with { Status = node.Status! with { Conditions = [new() { Type = "Ready", Status = ready }] } };

    private bool Place(VirtualMachine machine)
    {
        var (key, began) = ((machine.Metadata.Namespace!, machine.Metadata.Name!), _time.GetTimestamp());
        // Images and volumes are not simulated: every host could have them. What of networks was not told counts as if it were everywhere.
        var facts = MachineFacts.Of(machine, _ => null) with { Images = [] };
        facts = facts with { Networks = [.. facts.Networks.Where(network => _networks.Contains((facts.Namespace, network)))] };
        var decision = PlacementSearch.Decide(_model.Snapshot(Now), facts, seed: _seed);
        var placed = decision.NodeName is { } node ? machine with { Status = machine.Status! with { NodeName = node } } : null;
        if (placed is not null) _model.Put(placed);
        _took += _time.GetElapsedTime(began);
        _count.Decisions++;
        _waiting.Remove(key);
        if (placed is null) _waiting[key] = (machine, decision.Message);
        else _placed[key] = placed;
        return placed is not null;
    }

    private void Leave((string Namespace, string Name) machine)
    {
        _waiting.Remove(machine);
        if (_placed.Remove(machine)) _model.RemoveMachine(machine.Namespace, machine.Name);
    }

    private void Stand(VirtualMachine machine)
    {
        _placed[(machine.Metadata.Namespace!, machine.Metadata.Name!)] = machine;
        _model.Put(machine);
    }

    private void Set(Node node)
    {
        _nodes[node.Metadata.Name!] = node;
        _model.Put(node);
    }
}
