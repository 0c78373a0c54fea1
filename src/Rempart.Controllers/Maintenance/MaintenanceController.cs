using System.Text.Json.Nodes;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Controllers.Nodes;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Events;
using Rempart.Runtime.Informers;

namespace Rempart.Controllers.Maintenance;

/// <summary>Empties hosts by moves, so many at once, and lets them go again. All that it knows is in the API: it can end and begin anew at any step.</summary>
internal sealed class MaintenanceController(ControllerContext context) : IReconciler
{
    private const string ByNode = "maintenance/node";
    private const string ByHost = "maintenance/host";
    private const string ByTarget = "maintenance/target";
    private const int LongestLabel = 63;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly ICache<HostMaintenance> _maintenances = context.Cache<HostMaintenance>();
    private readonly ICache<MachineMigration> _moves = context.Cache<MachineMigration>();

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "maintenance",
            Reads =
            [
                ControllerInput.Self<HostMaintenance>(),
                ControllerInput.Of<Node>((node, _) => [new ResourceKey(null, node.Metadata.Name!)]),
                ControllerInput.Of<VirtualMachine>((machine, _) => machine.Status?.NodeName is { } node ? [new ResourceKey(null, node)] : []),
                ControllerInput.Of<MachineMigration>((move, _) => [.. new[] { move.Status?.SourceNode, move.Status?.TargetNode }.OfType<string>().Select(node => new ResourceKey(null, node))]),
            ],
            Writes =
            [
                ControllerOutput.Of<HostMaintenance>("status"), ControllerOutput.Of<HostMaintenance>("metadata.finalizers"), ControllerOutput.Objects<HostMaintenance>(),
                ControllerOutput.Of<Node>("spec.unschedulable"), ControllerOutput.Of<MachineMigration>("spec.cancel"), ControllerOutput.Objects<MachineMigration>(),
            ],
        },
        context =>
        {
            context.Cache<VirtualMachine>().AddIndex(ByNode, machine => machine.Status?.NodeName is { } node ? [node] : []);
            context.Cache<MachineMigration>().AddIndex(ByHost, move => move.Metadata.Labels?.GetValueOrDefault(MaintenanceMarks.Label) is { } host ? [host] : []);
            context.Cache<MachineMigration>().AddIndex(ByTarget, move => move.Status is { TargetNode: { } target } && !MigrationPhase.IsEnded(move.Status.Phase) ? [target] : []);
            return new MaintenanceController(context);
        });

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_maintenances.Get(key) is not { } maintenance) return ReconcileResult.Done;
        if (maintenance.Metadata.DeletionTimestamp is not null) return await LeaveAsync(maintenance, cancellationToken);
        if (await NodeAsync(maintenance, cancellationToken) is not { } node)
        {
            // It was there when this began: a host that joins under its name later is another one.
            if (maintenance.Status?.Cordoned is not null) await context.Client.DeleteAsync<HostMaintenance>(null, key.Name, new() { Preconditions = new() { Uid = maintenance.Metadata.Uid } }, cancellationToken);
            else await SayAsync(maintenance, status => status with { Phase = MaintenancePhase.Blocked, Message = $"there is no node `{key.Name}` in the cluster: end this maintenance" }, cancellationToken);
            return ReconcileResult.Done;
        }

        await Finalizers.AddAsync(context.Client, KindInfo.Of<HostMaintenance>(), maintenance, MaintenanceMarks.Finalizer, cancellationToken);
        if (await CordonAsync(maintenance, node, cancellationToken) is not { } cordoned) return ReconcileResult.Done;
        var plan = DrainPlanner.Decide(cordoned, View(cordoned, node, context.Cache<VirtualMachine>().ByIndex(ByNode, key.Name), _moves.ByIndex(ByTarget, key.Name)));
        if (plan.Status.Phase == MaintenancePhase.Drained && cordoned.Status?.Phase != MaintenancePhase.Drained)
        {
            // Who hears this switches the host off. The caches may be behind what came right before the cordon; behind that nothing comes that was not on its way.
            if (await AskAsync(cordoned, node, cancellationToken) is not { } asked) return ReconcileResult.After(Soon);
            plan = asked;
        }

        foreach (var machine in plan.Begin) await BeginAsync(cordoned, machine, cancellationToken);
        await SayAsync(cordoned, status => plan.Status with { Cordoned = status.Cordoned }, cancellationToken);
        return ReconcileResult.After(Look);
    }

    private async Task<Node?> NodeAsync(HostMaintenance maintenance, CancellationToken cancellationToken) =>
        context.Cache<Node>().Get(new(null, maintenance.Metadata.Name!)) ?? (maintenance.Status?.Cordoned is null ? null : await context.Client.FindAsync<Node>(null, maintenance.Metadata.Name!, cancellationToken));

    // Moves first: one that ends between both lists has brought its machine, which the second then shows. Null when the host is not cordoned after all.
    private async Task<DrainPlan?> AskAsync(HostMaintenance maintenance, Node node, CancellationToken cancellationToken)
    {
        var host = node.Metadata.Name!;
        if (await context.Client.FindAsync<Node>(null, host, cancellationToken) is not { Spec.Unschedulable: true }) return null;
        var moves = await context.Client.ListAllAsync<MachineMigration>(new ListQuery { FieldSelector = $"status.targetNode={host}" }, cancellationToken);
        var bound = await context.Client.ListAllAsync<VirtualMachine>(new ListQuery { FieldSelector = $"status.nodeName={host}" }, cancellationToken);
        return DrainPlanner.Decide(maintenance, View(maintenance, node, bound.Items, moves.Items.Where(move => !MigrationPhase.IsEnded(move.Status?.Phase))));
    }

    private DrainView View(HostMaintenance maintenance, Node node, IEnumerable<VirtualMachine> bound, IEnumerable<MachineMigration> towards)
    {
        var machines = bound.ToList();
        var here = machines.Select(machine => (machine.Metadata.Namespace, machine.Metadata.Name)).ToHashSet();
        return new DrainView
        {
            Now = context.Time.GetUtcNow(),
            IsReady = NodeConditions.Ready(node) == "True",
            Machines = machines,
            Arriving = [.. towards.Where(move => !here.Contains((move.Metadata.Namespace, move.Spec.Machine)))],
            Newest = machine => Newest(machine, node.Metadata.Name!),
            Failures = machine => Failures(maintenance, machine),
        };
    }

    private List<MachineMigration> Failures(HostMaintenance maintenance, VirtualMachine machine) =>
    [
        .. _moves.ByIndex(ByHost, LabelOf(maintenance.Metadata.Name!))
            .Where(move => move.Status?.MachineUid == machine.Metadata.Uid && move.Metadata.Namespace == machine.Metadata.Namespace && MigrationPhase.IsEnded(move.Status?.Phase) && move.Status!.CompletedAt >= maintenance.Status?.StartedAt)
            .OrderByDescending(move => move.Status!.CompletedAt)
            .TakeWhile(move => move.Status!.Phase is MigrationPhase.Failed or MigrationPhase.Canceled),
    ];

    // The move that was begun a moment ago may be seen before the machine names it.
    private MachineMigration? Newest(VirtualMachine machine, string host) =>
        _moves.ByIndex(ByHost, LabelOf(host)).FirstOrDefault(move => move.Spec.Machine == machine.Metadata.Name && move.Metadata.Namespace == machine.Metadata.Namespace && !MigrationPhase.IsEnded(move.Status?.Phase))
        ?? (machine.Status?.Migration is { } name ? _moves.Get(new(machine.Metadata.Namespace, name)) : null);

    // First it is noted who does it, then it is done: what was unschedulable before stays so in the end.
    private async Task<HostMaintenance?> CordonAsync(HostMaintenance maintenance, Node node, CancellationToken cancellationToken)
    {
        // Asked afresh the first time: the cache may be behind somebody who has cordoned it a moment ago.
        var seen = maintenance.Status?.Cordoned is null ? await context.Client.FindAsync<Node>(null, node.Metadata.Name!, cancellationToken) ?? node : node;
        var open = seen.Spec?.Unschedulable != true;
        var noted = await SayAsync(maintenance, status => status with { Cordoned = open || status.Cordoned == true, Phase = status.Phase ?? MaintenancePhase.Draining }, cancellationToken);
        if (noted is null || !open) return noted;
        await UnschedulableAsync(node.Metadata.Name!, true, cancellationToken);
        context.Events.Record(node, EventSeverity.Normal, "MaintenanceBegun", "the host takes nothing new, and its machines move away");
        return noted;
    }

    private async Task<ReconcileResult> LeaveAsync(HostMaintenance maintenance, CancellationToken cancellationToken)
    {
        if (!Finalizers.Has(maintenance, MaintenanceMarks.Finalizer)) return ReconcileResult.Done;
        var host = maintenance.Metadata.Name!;
        if (await SayAsync(maintenance, status => status with { Phase = MaintenancePhase.Leaving, Message = "the host is let go" }, cancellationToken) is null) return ReconcileResult.Done;
        foreach (var move in _moves.ByIndex(ByHost, LabelOf(host)).Where(move => !MigrationPhase.IsEnded(move.Status?.Phase) && move.Spec.Cancel != true && IsFrom(move, host))) await CancelAsync(move, cancellationToken);
        if (maintenance.Status?.Cordoned == true && context.Cache<Node>().Get(new(null, host)) is { } node)
        {
            await UnschedulableAsync(host, false, cancellationToken);
            context.Events.Record(node, EventSeverity.Normal, "MaintenanceEnded", "the host takes machines again");
        }

        await Finalizers.RemoveAsync(context.Client, KindInfo.Of<HostMaintenance>(), maintenance, MaintenanceMarks.Finalizer, cancellationToken);
        return ReconcileResult.Done;
    }

    // Hosts with long names may share the label. What has not begun to move is on the host that its machine is on.
    private bool IsFrom(MachineMigration move, string host) => (move.Status?.SourceNode ?? context.Cache<VirtualMachine>().Get(new(move.Metadata.Namespace, move.Spec.Machine))?.Status?.NodeName) == host;

    private async Task BeginAsync(HostMaintenance maintenance, VirtualMachine machine, CancellationToken cancellationToken)
    {
        try
        {
            await context.Client.CreateAsync(new MachineMigration
            {
                Metadata = new ObjectMeta
                {
                    Namespace = machine.Metadata.Namespace,
                    GenerateName = $"{machine.Metadata.Name}-",
                    Labels = new Dictionary<string, string> { [MaintenanceMarks.Label] = LabelOf(maintenance.Metadata.Name!) },
                },
                Spec = new MachineMigrationSpec { Machine = machine.Metadata.Name! },
            }, cancellationToken);
        }
        catch (ApiException refused) when (refused.Code is 409 or 422)
        {
            // It moves already, or has stopped meanwhile: the next look says which.
        }
    }

    private async Task CancelAsync(MachineMigration move, CancellationToken cancellationToken)
    {
        try
        {
            await context.Client.PatchAsync<MachineMigration>(move.Metadata.Namespace, move.Metadata.Name!, ApiPatch.Merge(new JsonObject { ["spec"] = new JsonObject { ["cancel"] = true } }), null, cancellationToken);
        }
        catch (ApiException late) when (late.Code is 404 or 422)
        {
            // The machine belongs to its target already: it arrives there.
        }
    }

    private async Task UnschedulableAsync(string node, bool value, CancellationToken cancellationToken)
    {
        try
        {
            await context.Client.PatchAsync<Node>(null, node, ApiPatch.Merge(new JsonObject { ["spec"] = new JsonObject { ["unschedulable"] = value ? true : null } }), null, cancellationToken);
        }
        catch (ApiException gone) when (gone.Code == 404)
        {
        }
    }

    private async Task<HostMaintenance?> SayAsync(HostMaintenance maintenance, Func<HostMaintenanceStatus, HostMaintenanceStatus> change, CancellationToken cancellationToken)
    {
        var told = await context.Client.ChangeStatusAsync(maintenance, current => current with { Status = change(current.Status ?? new()) }, cancellationToken);
        if (told?.Status?.Phase is { } phase && phase != maintenance.Status?.Phase && maintenance.Status?.Phase is not null)
            context.Events.Record(told, phase == MaintenancePhase.Blocked ? EventSeverity.Warning : EventSeverity.Normal, phase, told.Status.Message ?? "");
        return told;
    }

    private static string LabelOf(string host) => host.Length <= LongestLabel ? host : host[..LongestLabel].TrimEnd('-', '.', '_');
}
