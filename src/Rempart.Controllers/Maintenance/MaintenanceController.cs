using System.Text.Json.Nodes;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
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
    private const int LongestLabel = 63;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

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
                ControllerInput.Of<MachineMigration>((move, _) => move.Status?.SourceNode is { } node ? [new ResourceKey(null, node)] : []),
            ],
            Writes =
            [
                ControllerOutput.Of<HostMaintenance>("status"), ControllerOutput.Of<HostMaintenance>("metadata.finalizers"),
                ControllerOutput.Of<Node>("spec.unschedulable"), ControllerOutput.Of<MachineMigration>("spec.cancel"), ControllerOutput.Objects<MachineMigration>(),
            ],
        },
        context =>
        {
            context.Cache<VirtualMachine>().AddIndex(ByNode, machine => machine.Status?.NodeName is { } node ? [node] : []);
            context.Cache<MachineMigration>().AddIndex(ByHost, move => move.Metadata.Labels?.GetValueOrDefault(MaintenanceMarks.Label) is { } host ? [host] : []);
            return new MaintenanceController(context);
        });

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_maintenances.Get(key) is not { } maintenance) return ReconcileResult.Done;
        if (maintenance.Metadata.DeletionTimestamp is not null) return await LeaveAsync(maintenance, cancellationToken);
        if (context.Cache<Node>().Get(key) is not { } node)
        {
            await SayAsync(maintenance, status => status with { Phase = MaintenancePhase.Blocked, Message = $"there is no node `{key.Name}` in the cluster: end this maintenance" }, cancellationToken);
            return ReconcileResult.Done;
        }

        await Finalizers.AddAsync(context.Client, KindInfo.Of<HostMaintenance>(), maintenance, MaintenanceMarks.Finalizer, cancellationToken);
        if (await CordonAsync(maintenance, node, cancellationToken) is not { } cordoned) return ReconcileResult.Done;
        var machines = context.Cache<VirtualMachine>().ByIndex(ByNode, key.Name).ToList();
        var plan = DrainPlanner.Decide(cordoned, machines, machine => Newest(machine, key.Name), context.Time.GetUtcNow());
        if (plan.Status.Phase == MaintenancePhase.Drained && cordoned.Status?.Phase != MaintenancePhase.Drained)
        {
            // Who hears this switches the host off. The cache may be behind a binding of right before the cordon, behind which there is none.
            var bound = await context.Client.ListAllAsync<VirtualMachine>(new ListQuery { FieldSelector = $"status.nodeName={key.Name}" }, cancellationToken);
            plan = DrainPlanner.Decide(cordoned, [.. bound.Items.Where(machine => machine.Status?.NodeName == key.Name)], machine => Newest(machine, key.Name), context.Time.GetUtcNow());
        }

        foreach (var machine in plan.Begin) await BeginAsync(cordoned, machine, cancellationToken);
        await SayAsync(cordoned, status => plan.Status with { Cordoned = status.Cordoned }, cancellationToken);
        return ReconcileResult.After(Look);
    }

    // The move that was begun a moment ago may be seen before the machine names it.
    private MachineMigration? Newest(VirtualMachine machine, string host) =>
        _moves.ByIndex(ByHost, Cut(host)).FirstOrDefault(move => move.Spec.Machine == machine.Metadata.Name && move.Metadata.Namespace == machine.Metadata.Namespace && !MigrationPhase.IsEnded(move.Status?.Phase))
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
        foreach (var move in _moves.ByIndex(ByHost, Cut(host)).Where(move => !MigrationPhase.IsEnded(move.Status?.Phase) && move.Spec.Cancel != true)) await CancelAsync(move, cancellationToken);
        if (maintenance.Status?.Cordoned == true && context.Cache<Node>().Get(new(null, host)) is { } node)
        {
            await UnschedulableAsync(host, false, cancellationToken);
            context.Events.Record(node, EventSeverity.Normal, "MaintenanceEnded", "the host takes machines again");
        }

        await Finalizers.RemoveAsync(context.Client, KindInfo.Of<HostMaintenance>(), maintenance, MaintenanceMarks.Finalizer, cancellationToken);
        return ReconcileResult.Done;
    }

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
                    Labels = new Dictionary<string, string> { [MaintenanceMarks.Label] = Cut(maintenance.Metadata.Name!) },
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

    private static string Cut(string host) => host.Length <= LongestLabel ? host : host[..LongestLabel].TrimEnd('-', '.', '_');
}
