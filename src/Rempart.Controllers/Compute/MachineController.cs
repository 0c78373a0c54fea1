using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Events;
using Rempart.Runtime.Informers;

namespace Rempart.Controllers.Compute;

/// <summary>Gives each machine its volumes and interfaces, and lets it go once nothing of it is left on its host.</summary>
internal sealed class MachineController(ControllerContext context) : IReconciler
{
    private readonly ICache<VirtualMachine> _machines = context.Cache<VirtualMachine>();
    private readonly ICache<Volume> _volumes = context.Cache<Volume>();
    private readonly ICache<NetworkInterface> _interfaces = context.Cache<NetworkInterface>();
    private readonly ICache<Node> _nodes = context.Cache<Node>();
    private readonly ICache<MachineMigration> _moves = context.Cache<MachineMigration>();

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "machine",
            Reads =
            [
                ControllerInput.Self<VirtualMachine>(),
                ControllerInput.OwnedBy<Volume, VirtualMachine>(),
                ControllerInput.OwnedBy<NetworkInterface, VirtualMachine>(),
                ControllerInput.OwnedBy<MachineMigration, VirtualMachine>(),
                ControllerInput.Of<Node>((node, caches) => node.Metadata.Name is { } name ? caches.Of<VirtualMachine>().ByIndex(ByNode, name).Select(ResourceKey.Of) : []),
            ],
            Writes =
            [
                ControllerOutput.Objects<Volume>(),
                ControllerOutput.Objects<NetworkInterface>(),
                new(KindInfo.Of<VirtualMachine>(), "metadata.finalizers"),
                ControllerOutput.Of<VirtualMachine>("status.volumes"),
                ControllerOutput.Of<VirtualMachine>("status.networkInterfaces"),
                ControllerOutput.Of<VirtualMachine>("status.addresses"),
                ControllerOutput.Of<VirtualMachine>("status.phase"),
                ControllerOutput.Condition<VirtualMachine>("VolumesReady"),
                ControllerOutput.Condition<VirtualMachine>("NetworkReady"),
            ],
            Concurrency = 4,
        },
        context =>
        {
            context.Cache<VirtualMachine>().AddIndex(ByNode, machine => machine.Status?.NodeName is { } node ? [node] : []);
            return new MachineController(context);
        });

    private const string ByNode = "node";
    private const string Refusal = "Refused";
    private static readonly TimeSpan RefusedAgain = TimeSpan.FromSeconds(15);

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_machines.Get(key) is not { } machine) return ReconcileResult.Done;
        var plan = MachinePlanner.Decide(machine, new MachineSurroundings(
            name => _volumes.Get(new(key.Namespace, name)), name => _interfaces.Get(new(key.Namespace, name)), name => _nodes.Get(new(null, name)) is not null,
            name => _moves.Get(new(key.Namespace, name)) is { } move && move.Status?.MachineUid == machine.Metadata.Uid && !MigrationPhase.IsEnded(move.Status?.Phase)));
        var kind = KindInfo.Of<VirtualMachine>();
        if (plan.RemoveFinalizer) await Finalizers.RemoveAsync(context.Client, kind, machine, MachineMarks.Finalizer, cancellationToken);
        if (plan.AddFinalizer && !Finalizers.Has(machine, MachineMarks.Finalizer))
        {
            // The rest follows when the machine with its finalizer is seen: nothing is made for one that could vanish unseen.
            await Finalizers.AddAsync(context.Client, kind, machine, MachineMarks.Finalizer, cancellationToken);
            return ReconcileResult.Done;
        }
        // At once: each is a durable write of its own, and a machine has at most seventeen.
        var made = await Task.WhenAll(
        [
            .. plan.Volumes.Select(volume => MakeAsync(machine, volume, "VolumeCreated", cancellationToken)),
            .. plan.Interfaces.Select(nic => MakeAsync(machine, nic, "InterfaceCreated", cancellationToken)),
        ]);
        // What was made now wakes this again when it is seen, and only then there is something to report.
        if (made.Length > 0 && made.All(part => part.IsNew)) return ReconcileResult.Done;
        foreach (var nic in plan.Regrouped)
        {
            await context.Client.UpdateAsync(nic, cancellationToken);
            context.Events.Record(machine, EventSeverity.Normal, "InterfaceRegrouped", $"networkinterface `{nic.Metadata.Name}` has the security groups that the machine asks for");
        }
        var refused = made.FirstOrDefault(part => part.Refusal is not null).Refusal;
        if (Refused(plan.Report, made[..plan.Volumes.Count], made[plan.Volumes.Count..]) is { } report) await context.Client.ChangeStatusAsync(machine, current => report.ApplyTo(current, context.Time.GetUtcNow()), cancellationToken);
        if (refused is null) return ReconcileResult.Done;
        if (!IsTold(machine, refused)) context.Events.Record(machine, EventSeverity.Warning, Refusal, refused);
        return ReconcileResult.After(RefusedAgain);
    }

    // A quota or limit of the project does not allow it: that is said where people look, and may change without this controller hearing of it.
    private static MachineReport? Refused(MachineReport? report, IEnumerable<Made> volumes, IEnumerable<Made> interfaces)
    {
        if (volumes.FirstOrDefault(part => part.Refusal is not null).Refusal is { } noVolume) report = report is null ? null : report with { VolumesReady = new(false, Refusal, noVolume) };
        if (interfaces.FirstOrDefault(part => part.Refusal is not null).Refusal is { } noInterface) report = report is null ? null : report with { NetworkReady = new(false, Refusal, noInterface) };
        return report;
    }

    private static bool IsTold(VirtualMachine machine, string refusal) => machine.Status?.Conditions?.Any(condition => condition.Message == refusal) == true;

    private async Task<Made> MakeAsync<T>(VirtualMachine machine, T wanted, string reason, CancellationToken cancellationToken) where T : ApiObject
    {
        try
        {
            await context.Client.CreateAsync(wanted, cancellationToken);
            context.Events.Record(machine, EventSeverity.Normal, reason, $"{KindInfo.Of<T>().Singular} `{wanted.Metadata.Name}` was made");
            return new(true, null);
        }
        catch (ApiException refused) when (refused.Code == 403)
        {
            return new(false, refused.Message);
        }
        catch (ApiException taken) when (taken.Status.Reason == StatusReason.AlreadyExists)
        {
            // Our own of a moment ago, or somebody else's: the next look, with the cache up to date, says which.
            return new(false, null);
        }
    }

    /// <param name="IsNew">False when something of that name is there.</param>
    /// <param name="Refusal">Why it may not be made; null when it may.</param>
    private readonly record struct Made(bool IsNew, string? Refusal);
}
