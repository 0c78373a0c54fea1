using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Storage;
using Rempart.Api.Tracing;
using Rempart.Node.Machines;
using Rempart.Node.Hosts;
using Rempart.Node.Migration;
using Rempart.Node.Profiles;
using Rempart.Node.Witness;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Events;

namespace Rempart.Node.Agent;

/// <summary>The loops of a node, on the same runtime as the controllers of the server.</summary>
internal sealed class NodeAgent(AgentSettings settings, AgentDrivers drivers, AcceleratorChoice accelerator, HostFacts facts, ApiClient client, TimeProvider time, ILoggerFactory logging)
{
    private static readonly TimeSpan Leftovers = TimeSpan.FromMinutes(1);

    private readonly MachineNotesFolder _notes = new(settings.NotesFolder);
    private readonly MoveNotesFolder _moves = new(settings.MovesFolder, logging.CreateLogger<MoveNotesFolder>());
    private readonly ClusterMarkFile _cluster = new(settings.ClusterFile);
    private readonly ClusterTrust _trust = new(client, new(settings.ClusterFile), settings.Node, time, logging.CreateLogger<ClusterTrust>());

    /// <summary>Further loops, such as the tunnel and the renewal of the certificate.</summary>
    public IReadOnlyList<(string Name, Func<CancellationToken, Task> Run)> Beside { get; init; } = [];

    /// <summary>Makes the host as its profile says.</summary>
    public ProfileKeeper? Profile { get; init; }

    /// <summary>Runs until cancelled. Machines go on when it ends.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        new ControllerHost([Machines(), Volumes(), .. Moves()], _ => client, time, logging, settings.Node)
        {
            TraceOf = value => value is VirtualMachine machine ? MachineTrace.Of(machine, time.GetUtcNow()) : default,
        }.RunAsync(cancellationToken);

    private Api.Core.Node Itself => new() { Metadata = new() { Name = settings.Node } };

    private ListQuery Mine => new() { FieldSelector = $"status.nodeName={settings.Node}" };

    private ControllerRegistration Machines() => new(
        new ControllerSpec
        {
            Name = "node",
            Reads = [ControllerInput.Of<VirtualMachine>((machine, _) => [ResourceKey.Of(machine)], Mine)],
            Writes =
            [
                ControllerOutput.Of<VirtualMachine>("status.phase"), ControllerOutput.Of<VirtualMachine>("status.lastExit"), ControllerOutput.Of<VirtualMachine>("status.operationResult"),
                ControllerOutput.Condition<VirtualMachine>("Running"), ControllerOutput.Condition<VirtualMachine>("GuestReady"),
            ],
            Concurrency = 8,
        },
        context =>
        {
            context.Cache<VirtualMachine>().AddIndex(ByUid, machine => [machine.Metadata.Uid!]);
            if (Profile is { } profile) profile.Said = (severity, reason, message) => context.Events.Record(Itself, severity, reason, message);
            context.RunBeside("report", new NodeReporter(client, drivers, accelerator, facts, _cluster, settings.Node, time, logging.CreateLogger<NodeReporter>()) { Planes = () => Profile?.Planes ?? PlaneAddresses.None }.RunAsync);
            context.RunBeside("pools", new PoolReporter(client, drivers.Volumes, settings.Node, time, logging.CreateLogger<PoolReporter>()).RunAsync);
            var witness = new AuditWitness(client, new WitnessFolder(settings.WitnessFolder), time, logging.CreateLogger<AuditWitness>())
            {
                Contradicted = (verdict, message) => context.Events.Record(Itself, EventSeverity.Warning, $"AuditTrail{verdict}", message),
            };
            context.RunBeside("witness", witness.RunAsync);
            context.RunBeside("orphans", new OrphanSweep(_trust, drivers, _notes, _moves, settings.Node, time, logging.CreateLogger<OrphanSweep>()).RunAsync);
            context.RunBeside("changes", cancel => FollowAsync(context, cancel));
            foreach (var (name, run) in Beside) context.RunBeside(name, run);
            return new MachineReconciler(context, drivers, _notes, _moves, new MachinePreparation(client, drivers, settings.Node, time));
        });

    private const string ByUid = "uid";

    private ControllerRegistration Volumes() => new(
        new ControllerSpec
        {
            Name = "node-volumes",
            Reads = [ControllerInput.Of<Volume>((volume, _) => [ResourceKey.Of(volume)], Mine), ControllerInput.Of<VirtualMachine>((machine, caches) => Attached(machine), Mine)],
            Writes = [ControllerOutput.Of<Volume>("status")],
        },
        context =>
        {
            context.RunBeside("volumes", new VolumeReporter(context, drivers.Volumes, settings.Node, logging.CreateLogger<VolumeReporter>()).RunAsync);
            return new VolumeReconciler(context, drivers, _notes, settings.Node);
        });

    private IEnumerable<ControllerRegistration> Moves()
    {
        if (drivers.Moves is not { } machines) return [];
        var host = new MoveHost(client, _trust, drivers, machines, _notes, _moves, settings.Node, time);
        return
        [
            Move("node-departures", "sourceNode", "source", MoveRole.Source, (context, mine) => new DepartureReconciler(context, mine, host)),
            Move("node-arrivals", "targetNode", "target", MoveRole.Target, (context, mine) => new ArrivalReconciler(context, mine, host, new MachinePreparation(client, drivers, settings.Node, time))),
        ];
    }

    // A move is followed from its beginning to its end by one call.
    private ControllerRegistration Move(string name, string mine, string written, MoveRole role, Func<ControllerContext, ListQuery, IReconciler> make) => new(
        new ControllerSpec
        {
            Name = name,
            Reads = [ControllerInput.Of<MachineMigration>((move, _) => [ResourceKey.Of(move)], Part(mine))],
            Writes = [ControllerOutput.Of<MachineMigration>($"status.{written}")],
            Concurrency = 16,
        },
        context =>
        {
            context.RunBeside($"{name}-noted", cancel => FollowNotesAsync(context, role, cancel));
            return make(context, Part(mine));
        });

    private ListQuery Part(string mine) => new() { FieldSelector = $"status.{mine}={settings.Node}" };

    // Moves that an earlier agent noted and that the API may not tell any more.
    private async Task FollowNotesAsync(ControllerContext context, MoveRole role, CancellationToken cancellationToken)
    {
        while (true)
        {
            foreach (var notes in _moves.All.Where(notes => notes.Role == role)) context.Enqueue(new(notes.Namespace, notes.Name));
            await Task.Delay(Leftovers, time, cancellationToken);
        }
    }

    private static IEnumerable<ResourceKey> Attached(VirtualMachine machine) =>
        machine.Status?.Volumes?.Select(volume => new ResourceKey(machine.Metadata.Namespace, volume.ObjectName)) ?? [];

    private async Task FollowAsync(ControllerContext context, CancellationToken cancellationToken)
    {
        await foreach (var uid in drivers.Machines.Changes.ReadAllAsync(cancellationToken))
        {
            foreach (var machine in context.Cache<VirtualMachine>().ByIndex(ByUid, uid)) context.Enqueue(ResourceKey.Of(machine));
        }
    }
}
