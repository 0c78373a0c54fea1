using Rempart.Api.Networking;
using Rempart.Policy.Networking;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Events;

namespace Rempart.Controllers.Networking;

/// <summary>Says when a security group's rules are in OVN, and which of the groups that they name do not exist.</summary>
internal sealed class GroupController : IReconciler
{
    internal const string Name = "security-group";
    private readonly ControllerContext _context;
    private readonly FabricProgress _progress;

    private GroupController(ControllerContext context, FabricProgress progress)
    {
        (_context, _progress) = (context, progress);
        progress.Subscribe(() =>
        {
            foreach (var group in context.Cache<SecurityGroup>().List()) context.Enqueue(ResourceKey.Of(group));
        });
    }

    internal static ControllerRegistration Register(FabricProgress progress) => new(new ControllerSpec
    {
        Name = Name,
        Reads =
        [
            // Those that name it are looked at again as well: it may have come, or gone.
            ControllerInput.Of<SecurityGroup>((group, caches) => caches.Of<SecurityGroup>().List(group.Metadata.Namespace)
                .Where(other => PeerRules.Problem(other, name => name != group.Metadata.Name) is not null).Append(group).Select(ResourceKey.Of)),
        ],
        Writes = [ControllerOutput.Of<SecurityGroup>("status")],
    }, context => new GroupController(context, progress));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_context.Cache<SecurityGroup>().Get(key) is not { } group || group.Metadata.DeletionTimestamp is not null) return ReconcileResult.Done;
        var missing = PeerRules.Problem(group, name => _context.Cache<SecurityGroup>().Get(new ResourceKey(key.Namespace, name)) is not null);
        if (missing is not null && group.Status?.Conditions.Find("Ready")?.Message != missing) _context.Events.Record(group, EventSeverity.Warning, "PeerNotFound", missing);
        await _context.Client.ChangeStatusAsync(group, current => current with
        {
            Status = (current.Status ?? new SecurityGroupStatus()) with
            {
                ObservedGeneration = current.Metadata.Generation,
                Conditions = missing is null
                    ? _progress.Ready(current.Status?.Conditions, current, _context.Time)
                    : (current.Status?.Conditions).With("Ready", false, "PeerNotFound", missing, current.Metadata.Generation, _context.Time.GetUtcNow()),
            },
        }, cancellationToken);
        return ReconcileResult.Done;
    }
}
