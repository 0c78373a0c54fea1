using System.Net;
using Rempart.Api.Networking;
using Rempart.Policy.Networking;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Events;
using ApiNetwork = Rempart.Api.Networking.Network;

namespace Rempart.Controllers.Networking;

/// <summary>Gives each network its subnet and its router's address, and says when it is in OVN.</summary>
internal sealed class NetworkController : IReconciler
{
    internal const string Name = "network";
    private const int BlockPrefix = 24;
    private const int MaxAttempts = 32;
    private const int FirstRouter = 3; // the host and its forwarder of names come first
    private readonly ControllerContext _context;
    private readonly NetworkFabric _fabric;
    private readonly FabricProgress _progress;
    private readonly AddressBook _book;

    private NetworkController(ControllerContext context, NetworkFabric fabric, FabricProgress progress)
    {
        (_context, _fabric, _progress) = (context, fabric, progress);
        AddressBook.AddIndex(context.Cache<AddressClaim>());
        _book = new AddressBook(context.Client, context.Cache<AddressClaim>());
        progress.Subscribe(() =>
        {
            foreach (var network in context.Cache<ApiNetwork>().List()) context.Enqueue(ResourceKey.Of(network));
        });
    }

    internal static ControllerRegistration Register(NetworkFabric fabric, FabricProgress progress) => new(new ControllerSpec
    {
        Name = Name,
        Reads = [ControllerInput.Self<ApiNetwork>(), ControllerInput.Lookup<AddressClaim>()],
        Writes = [ControllerOutput.Of<ApiNetwork>("status"), ControllerOutput.Objects<AddressClaim>()],
        Concurrency = 1, // two would race for the same free block, harmlessly but for nothing
    }, context => new NetworkController(context, fabric, progress));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_context.Cache<ApiNetwork>().Get(key) is not { } network || network.Metadata.DeletionTimestamp is not null) return ReconcileResult.Done;
        if (NetworkRules.Validate(network, null) is [var wrong, ..]) return await RefuseAsync(network, "Invalid", $"{wrong.Field}: {wrong.Message}", cancellationToken);
        var (subnet, problem) = await SubnetAsync(network, cancellationToken);
        if (subnet is null) return await RefuseAsync(network, problem!.Reason, problem.Message, cancellationToken);
        var routed = network.Spec.Type == NetworkRules.Routed;
        if (routed && await UplinkAsync(network, cancellationToken) is null)
            return await RefuseAsync(network, "NoUplinkAddress", $"all addresses of the uplink subnet `{_fabric.Uplink}` are taken by other networks' routers", cancellationToken);
        await _context.Client.ChangeStatusAsync(network, current => current with
        {
            Status = (current.Status ?? new NetworkStatus()) with
            {
                Subnet = subnet.Value.ToString(),
                Gateway = routed ? subnet.Value[1].ToString() : null,
                DnsServer = NetworkRules.NameServer(subnet.Value).ToString(),
                ObservedGeneration = current.Metadata.Generation,
                Conditions = _progress.Ready(current.Status?.Conditions, current, _context.Time),
            },
        }, cancellationToken);
        return ReconcileResult.Done;
    }

    private async ValueTask<ReconcileResult> RefuseAsync(ApiNetwork network, string reason, string message, CancellationToken cancellationToken)
    {
        if (network.Status?.Conditions.Find("Ready")?.Message != message) _context.Events.Record(network, EventSeverity.Warning, reason, message);
        await _context.Client.ChangeStatusAsync(network, current => current with
        {
            Status = (current.Status ?? new NetworkStatus()) with
            {
                ObservedGeneration = current.Metadata.Generation,
                Conditions = (current.Status?.Conditions).With("Ready", false, reason, message, current.Metadata.Generation, _context.Time.GetUtcNow()),
            },
        }, cancellationToken);
        return ReconcileResult.After(TimeSpan.FromSeconds(30));
    }

    private async Task<(Ipv4Subnet? Subnet, AllocationProblem? Problem)> SubnetAsync(ApiNetwork network, CancellationToken cancellationToken)
    {
        if ((network.Status?.Subnet ?? network.Spec.Subnet) is { } wanted)
        {
            var subnet = Ipv4Subnet.Parse(wanted);
            if (_fabric.Uplink.Overlaps(subnet)) return (null, new("InvalidSubnet", $"spec.subnet: `{subnet}` overlaps the uplink subnet `{_fabric.Uplink}`"));
            foreach (var block in Blocks(subnet))
            {
                if (!await _book.ClaimAsync(AddressBook.SubnetName(block), subnet.ToString(), network, cancellationToken))
                    return (null, new("SubnetInUse", $"spec.subnet: `{subnet}` overlaps `{block}`, which another network has"));
            }
            return (subnet, null);
        }
        // A claim made before the status could be written is taken up again.
        if (_book.Of(network.Metadata.Uid!).FirstOrDefault(c => c.Metadata.Name!.StartsWith("subnet-", StringComparison.Ordinal)) is { } held)
            return (Ipv4Subnet.Parse(held.Spec.Value), null);
        var attempts = 0;
        for (long i = 0; i < _fabric.Pool.Size && attempts < MaxAttempts; i += 1L << (32 - BlockPrefix))
        {
            var block = Ipv4Subnet.Of(_fabric.Pool[i], BlockPrefix);
            if (_book.IsClaimed(AddressBook.SubnetName(block)) || block.Overlaps(_fabric.Uplink)) continue;
            attempts++;
            if (await _book.ClaimAsync(AddressBook.SubnetName(block), block.ToString(), network, cancellationToken)) return (block, null);
        }
        return (null, new("NoFreeSubnet", $"no free subnet is left in the pool `{_fabric.Pool}`"));
    }

    /// <summary>The /24 blocks of the pool that a subnet touches; what is outside of the pool can't meet another project's.</summary>
    private IEnumerable<Ipv4Subnet> Blocks(Ipv4Subnet subnet)
    {
        if (!_fabric.Pool.Overlaps(subnet)) yield break;
        if (subnet.Prefix >= BlockPrefix)
        {
            yield return Ipv4Subnet.Of(subnet[0], BlockPrefix);
            yield break;
        }
        for (long i = 0; i < subnet.Size; i += 1L << (32 - BlockPrefix)) yield return Ipv4Subnet.Of(subnet[i], BlockPrefix);
    }

    private async Task<IPAddress?> UplinkAsync(ApiNetwork network, CancellationToken cancellationToken)
    {
        if (FabricReader.UplinkOf(_book, network) is { } held) return held;
        var attempts = 0;
        for (long i = FirstRouter; i < _fabric.Uplink.Size - 1 && attempts < MaxAttempts; i++)
        {
            var address = _fabric.Uplink[i];
            if (_book.IsClaimed(AddressBook.UplinkName(address))) continue;
            attempts++;
            if (await _book.ClaimAsync(AddressBook.UplinkName(address), address.ToString(), network, cancellationToken)) return address;
        }
        return null;
    }
}
