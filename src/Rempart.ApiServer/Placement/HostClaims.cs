using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Placement;
using Rempart.Store;

namespace Rempart.ApiServer.Placement;

/// <summary>
/// Makes sure that no host gets more than it has room for and that no rule with <c>Required</c> is broken, whoever places machines. Each host has a key in
/// the store that is written in the same commit as whatever takes room of it: a binding, the target of a move, a larger class. Two such writes, of one
/// server or of several, can't both be made on the same look at the host. The commit of a move looks at the key, and a node's deletion writes it: nothing
/// comes to a host that is gone. What other hosts have to do with it, domains and groups, is a key of the project.
/// </summary>
internal sealed class HostClaims(ObjectCache cache, PlacementCache placements, IStore store, KindTable kinds)
{
    private const string Hosts = "/claims/hosts/";
    private const string Projects = "/claims/projects/";

    private static readonly KindInfo Machines = KindInfo.Of<VirtualMachine>();
    private static readonly KindInfo Moves = KindInfo.Of<MachineMigration>();

    private readonly KindRegistration _nodes = kinds.Of(KindInfo.Of<Node>());
    private readonly ConcurrentDictionary<string, long> _known = new(StringComparer.Ordinal);
    private readonly WriteTurns _turns = new();

    /// <summary>The claim of a write; null when it takes room of no host. Dispose of it behind the commit.</summary>
    /// <exception cref="ApiException">The host can't take it.</exception>
    public async ValueTask<HostClaim?> EnterAsync(WriteCall call, string name, CachedObject? old, ReadOnlyMemory<byte> document, CancellationToken cancellationToken)
    {
        if (old is null) return null;
        if (Arrives(call.Target.Kind, name, old, document) is { } target) return await ArriveAsync(target, cancellationToken);
        if (Wanted(call.Target.Kind, name, old, document) is not { } wanted) return null;
        var (machine, node, more) = wanted;
        List<IDisposable> turns = [];
        try
        {
            // A machine that grows stays where it is: nothing but room is asked of its host.
            var grows = machine.Status?.NodeName == node;
            string[] keys = !grows && Concerned(machine) ? [Hosts + node, Projects + machine.Metadata.Namespace] : [Hosts + node];
            foreach (var key in keys) turns.Add(await _turns.EnterAsync(key, cancellationToken));
            var writes = new List<StoreWrite>();
            foreach (var key in keys)
            {
                var revision = await RevisionAsync(key, cancellationToken);
                // INVARIANT: what is looked at below is at least as new as the last write of each key, or the commit fails.
                await cache.WaitForAsync(revision, cancellationToken);
                writes.Add(new StoreWrite(key, Encoding.UTF8.GetBytes($$"""{"machine":"{{machine.Metadata.Namespace}}/{{machine.Metadata.Name}}"}"""), revision));
            }

            // So that whoever has cordoned a host and then lists what is on it finds everything.
            var seen = cache.Get(_nodes.Kind, null, node) ?? throw Failures.NotFound(_nodes.Kind, node);
            if (!grows) writes.Add(StoreWrite.Check(_nodes.Prefix + node, seen.Revision));
            Judge(call, name, machine, node, more, grows);
            return new HostClaim(writes, result => Learn(keys, result), turns);
        }
        catch
        {
            foreach (var turn in turns) turn.Dispose();
            throw;
        }
    }

    /// <summary>The key of a host whose node is deleted, at the revision that it has. To be read before the look at what is on the host.</summary>
    public async ValueTask<StoreWrite> CloseAsync(string node, CancellationToken cancellationToken) =>
        new(Hosts + node, """{"closed":true}"""u8.ToArray(), (await store.GetAsync(Hosts + node, cancellationToken))?.ModRevision ?? 0);

    // The end of a move: the room has been its own since the move named the host, which must only be there still.
    private async ValueTask<HostClaim> ArriveAsync(string node, CancellationToken cancellationToken)
    {
        var key = Hosts + node;
        var turn = await _turns.EnterAsync(key, cancellationToken);
        try
        {
            var revision = await RevisionAsync(key, cancellationToken);
            await cache.WaitForAsync(revision, cancellationToken);
            if (cache.Get(_nodes.Kind, null, node) is null) throw Failures.NotFound(_nodes.Kind, node);
            return new HostClaim([StoreWrite.Check(key, revision)], result => LearnOfOthers(key, result), [turn]);
        }
        catch
        {
            turn.Dispose();
            throw;
        }
    }

    private static void Refuse(WriteCall call, string name, string why)
    {
        // Who asks for a larger class can do nothing but ask for less; a scheduler or a move looks for another host.
        if (call.Target.Kind == Machines && call.Subresource is null) throw Failures.Forbidden(Machines, name, $"{why}: move the machine to another host first, or stop others there");
        throw Failures.Conflict(call.Target.Kind, name, why);
    }

    private void Judge(WriteCall call, string name, VirtualMachine machine, string node, MachineDemand more, bool grows)
    {
        var facts = MachineFacts.Of(machine, volume => cache.Get(KindInfo.Of<Volume>(), machine.Metadata.Namespace, volume)?.As<Volume>());
        // Whatever has been said of its host since, and only what it grows by.
        if (grows) facts = facts with { NodeName = null, Demand = more };
        if (PlacementSearch.Obstacle(placements.Snapshot(), facts, node, filter => filter switch
            {
                PlacementFilter.Memory => more.Memory > 0,
                PlacementFilter.Processors => more.Cpu > 0,
                PlacementFilter.Leaving or PlacementFilter.Cordon or PlacementFilter.Rule => !grows,
                _ => false,
            }) is { } why) Refuse(call, name, why);
    }

    /// <summary>The machine as large as it will be and where it was, the host that it takes room of, and how much.</summary>
    private (VirtualMachine Machine, string Node, MachineDemand More)? Wanted(KindInfo kind, string name, CachedObject old, ReadOnlyMemory<byte> document)
    {
        if (kind == Moves)
        {
            var (was, move) = (old.As<MachineMigration>(), JsonSerializer.Deserialize<MachineMigration>(document.Span, ApiJson.Lenient)!);
            if (MigrationPhase.IsEnded(move.Status?.Phase) || move.Status?.TargetNode is not { } target || target == was.Status?.TargetNode) return null;
            return cache.Get(Machines, old.Namespace, move.Spec.Machine)?.As<VirtualMachine>() is { } moving && moving.Status?.NodeName != target ? (moving, target, MachineDemand.Of(moving)) : null;
        }

        if (kind != Machines) return null;
        var before = old.As<VirtualMachine>();
        var after = JsonSerializer.Deserialize<VirtualMachine>(document.Span, ApiJson.Lenient)!;
        if (after.Status?.NodeName is not { } node) return null;
        var (had, wants) = (MachineDemand.Of(before), MachineDemand.Of(after));
        if (before.Status?.NodeName == node) return wants.Cpu > had.Cpu || wants.Memory > had.Memory ? (before with { Status = after.Status }, node, new(Math.Max(wants.Cpu - had.Cpu, 0), Math.Max(wants.Memory - had.Memory, 0))) : null;
        return (after with { Status = after.Status with { NodeName = before.Status?.NodeName } }, node, wants);
    }

    /// <summary>The host that a machine comes to by the end of a move; null when this write is none.</summary>
    private string? Arrives(KindInfo kind, string name, CachedObject old, ReadOnlyMemory<byte> document) => kind == Machines
        && JsonSerializer.Deserialize<VirtualMachine>(document.Span, ApiJson.Lenient)!.Status?.NodeName is { } node && node != old.As<VirtualMachine>().Status?.NodeName && placements.IsMovingTo(old.Namespace!, name, node) ? node : null;

    private bool Concerned(VirtualMachine machine) => placements.Snapshot().IsBoundByOthers(machine.Metadata.Namespace!, machine.Metadata.Labels);

    private async ValueTask<long> RevisionAsync(string key, CancellationToken cancellationToken) =>
        _known.TryGetValue(key, out var known) ? known : (await store.GetAsync(key, cancellationToken))?.ModRevision ?? 0;

    private void Learn(string[] keys, CommitResult result)
    {
        foreach (var key in keys)
        {
            if (result.IsCommitted) _known[key] = result.Revision;
            else LearnOfOthers(key, result);
        }
    }

    private void LearnOfOthers(string key, CommitResult result)
    {
        if (result.Conflicts?.FirstOrDefault(conflict => conflict.Key == key) is { } conflict) _known[key] = conflict.Current?.ModRevision ?? 0;
    }
}
