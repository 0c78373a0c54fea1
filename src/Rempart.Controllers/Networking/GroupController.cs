using Rempart.Api.Networking;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Conditions;

namespace Rempart.Controllers.Networking;

/// <summary>Says when a security group's rules are in OVN.</summary>
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
        Reads = [ControllerInput.Self<SecurityGroup>()],
        Writes = [ControllerOutput.Of<SecurityGroup>("status")],
    }, context => new GroupController(context, progress));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_context.Cache<SecurityGroup>().Get(key) is not { } group || group.Metadata.DeletionTimestamp is not null) return ReconcileResult.Done;
        await _context.Client.ChangeStatusAsync(group, current => current with
        {
            Status = (current.Status ?? new SecurityGroupStatus()) with
            {
                ObservedGeneration = current.Metadata.Generation,
                Conditions = _progress.Ready(current.Status?.Conditions, current, _context.Time),
            },
        }, cancellationToken);
        return ReconcileResult.Done;
    }
}
