using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;
using ApiNetwork = Rempart.Api.Networking.Network;

namespace Rempart.Controllers.Networking;

/// <summary>Gives claims up whose owner is gone, once the network no longer carries it: until then nobody else can have its addresses.</summary>
internal sealed class ClaimController : IReconciler
{
    internal const string Name = "address-claim";
    private readonly ControllerContext _context;
    private readonly FabricProgress _progress;

    private ClaimController(ControllerContext context, FabricProgress progress) => (_context, _progress) = (context, progress);

    internal static ControllerRegistration Register(FabricProgress progress) => new(new ControllerSpec
    {
        Name = Name,
        Reads = [ControllerInput.Self<AddressClaim>(), OwnedBy<NetworkInterface>(), OwnedBy<ApiNetwork>()],
        Writes = [ControllerOutput.Objects<AddressClaim>()],
        Resync = TimeSpan.FromMinutes(10),
    }, context => new ClaimController(context, progress));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_context.Cache<AddressClaim>().Get(key) is not { } claim) return ReconcileResult.Done;
        if (await ExistsAsync(claim, cancellationToken)) return ReconcileResult.Done;
        if (_progress.Carries(claim.Spec.OwnerUid)) return ReconcileResult.After(TimeSpan.FromSeconds(1));
        await _context.Client.DeleteAsync<AddressClaim>(null, key.Name, new DeleteOptions { Preconditions = new Preconditions { Uid = claim.Metadata.Uid } }, cancellationToken);
        return ReconcileResult.Done;
    }

    /// <summary>The cache says yes quickly; only the server may say no.</summary>
    private async Task<bool> ExistsAsync(AddressClaim claim, CancellationToken cancellationToken)
    {
        var owner = new ResourceKey(claim.Spec.OwnerNamespace, claim.Spec.OwnerName);
        ApiObject? found = claim.Spec.OwnerKind switch
        {
            "NetworkInterface" => _context.Cache<NetworkInterface>().Get(owner),
            "Network" => _context.Cache<ApiNetwork>().Get(owner),
            _ => null,
        };
        if (found?.Metadata.Uid == claim.Spec.OwnerUid) return true;
        found = claim.Spec.OwnerKind switch
        {
            "NetworkInterface" => await _context.Client.FindAsync<NetworkInterface>(owner.Namespace, owner.Name, cancellationToken),
            "Network" => await _context.Client.FindAsync<ApiNetwork>(owner.Namespace, owner.Name, cancellationToken),
            _ => null,
        };
        return found?.Metadata.Uid == claim.Spec.OwnerUid;
    }

    private static ControllerInput OwnedBy<T>() where T : ApiObject => ControllerInput.Of<T>((owner, caches) =>
        caches.Of<AddressClaim>().List().Where(c => c.Spec.OwnerUid == owner.Metadata.Uid).Select(ResourceKey.Of));
}
