using System.Net;
using System.Security.Cryptography;
using Rempart.Api.Networking;
using Rempart.Policy.Networking;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Events;
using ApiNetwork = Rempart.Api.Networking.Network;

namespace Rempart.Controllers.Networking;

/// <summary>Gives each interface its MAC and IP address, both claimed before any OVN row names them, and says when it is in OVN.</summary>
internal sealed class InterfaceController : IReconciler
{
    internal const string Name = "network-interface";
    private const int MaxAttempts = 32;
    private const int FirstHost = 2; // after the network's own address and the gateway; the last two are the name server's and the broadcast address
    private readonly ControllerContext _context;
    private readonly FabricProgress _progress;
    private readonly AddressBook _book;

    private InterfaceController(ControllerContext context, FabricProgress progress)
    {
        (_context, _progress) = (context, progress);
        AddressBook.AddIndex(context.Cache<AddressClaim>());
        _book = new AddressBook(context.Client, context.Cache<AddressClaim>());
        progress.Subscribe(() =>
        {
            foreach (var nic in context.Cache<NetworkInterface>().List()) context.Enqueue(ResourceKey.Of(nic));
        });
    }

    internal static ControllerRegistration Register(FabricProgress progress) => new(new ControllerSpec
    {
        Name = Name,
        Reads =
        [
            ControllerInput.Self<NetworkInterface>(),
            ControllerInput.Of<ApiNetwork>((network, caches) => caches.Of<NetworkInterface>().List(network.Metadata.Namespace)
                .Where(nic => nic.Spec.Network == network.Metadata.Name).Select(ResourceKey.Of)),
            ControllerInput.Of<SecurityGroup>((group, caches) => caches.Of<NetworkInterface>().List(group.Metadata.Namespace)
                .Where(nic => nic.Spec.SecurityGroups?.Contains(group.Metadata.Name, StringComparer.Ordinal) == true).Select(ResourceKey.Of)),
            ControllerInput.Lookup<AddressClaim>(),
        ],
        Writes =
        [
            ControllerOutput.Of<NetworkInterface>("status.mac"), ControllerOutput.Of<NetworkInterface>("status.addresses"),
            ControllerOutput.Of<NetworkInterface>("status.portName"), ControllerOutput.Of<NetworkInterface>("status.mtu"),
            ControllerOutput.Of<NetworkInterface>("status.observedGeneration"), ControllerOutput.Condition<NetworkInterface>("Allocated"),
            ControllerOutput.Condition<NetworkInterface>("Ready"), ControllerOutput.Objects<AddressClaim>(),
        ],
        Concurrency = 1, // two would race for the same free address, harmlessly but for nothing
    }, context => new InterfaceController(context, progress));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_context.Cache<NetworkInterface>().Get(key) is not { } nic || nic.Metadata.DeletionTimestamp is not null) return ReconcileResult.Done;
        var network = _context.Cache<ApiNetwork>().Get(new ResourceKey(key.Namespace, nic.Spec.Network));
        if (network is null) return await RefuseAsync(nic, "NetworkNotFound", $"spec.network: network `{nic.Spec.Network}` does not exist in this project", cancellationToken);
        if (network.Status?.Subnet is not { } text) return await RefuseAsync(nic, "NetworkNotReady", $"spec.network: network `{nic.Spec.Network}` has no subnet yet", cancellationToken);
        if (NetworkRules.Validate(nic, null) is [var wrong, ..]) return await RefuseAsync(nic, "Invalid", $"{wrong.Field}: {wrong.Message}", cancellationToken);
        // Both claims at once: one that stays when the other is refused is taken up again by the next look, and goes with the interface.
        var (claimedMac, claimedAddress) = (MacAsync(nic, cancellationToken), AddressAsync(nic, network, Ipv4Subnet.Parse(text), cancellationToken));
        await Task.WhenAll(claimedMac, claimedAddress);
        var (mac, noMac) = await claimedMac;
        if (mac is null) return await RefuseAsync(nic, noMac!.Reason, noMac.Message, cancellationToken);
        var (address, noAddress) = await claimedAddress;
        if (address is null) return await RefuseAsync(nic, noAddress!.Reason, noAddress.Message, cancellationToken);
        await AcceptAsync(nic, network, mac, address, cancellationToken);
        return ReconcileResult.Done;
    }

    private async Task AcceptAsync(NetworkInterface nic, ApiNetwork network, string mac, IPAddress address, CancellationToken cancellationToken)
    {
        var missing = (nic.Spec.SecurityGroups ?? []).Where(g => _context.Cache<SecurityGroup>().Get(new ResourceKey(nic.Metadata.Namespace, g)) is null).ToList();
        await _context.Client.ChangeStatusAsync(nic, current =>
        {
            var conditions = (current.Status?.Conditions).With("Allocated", true, "Claimed", $"`{mac}` and `{address}` belong to this interface", current.Metadata.Generation, _context.Time.GetUtcNow());
            conditions = missing.Count > 0
                ? conditions.With("Ready", false, "SecurityGroupNotFound", $"spec.securityGroups: `{missing[0]}` does not exist in this project; its rules are missing", current.Metadata.Generation, _context.Time.GetUtcNow())
                : _progress.Ready(conditions, current, _context.Time);
            return current with
            {
                Status = (current.Status ?? new NetworkInterfaceStatus()) with
                {
                    Mac = mac,
                    Addresses = [new InterfaceAddress { Address = address.ToString(), Origin = "allocated" }, .. current.Status?.Addresses?.Where(a => a.Origin != "allocated") ?? []],
                    PortName = current.Metadata.Uid,
                    Mtu = network.Spec.Mtu ?? NetworkRules.DefaultMtu,
                    ObservedGeneration = current.Metadata.Generation,
                    Conditions = conditions,
                },
            };
        }, cancellationToken);
    }

    private async ValueTask<ReconcileResult> RefuseAsync(NetworkInterface nic, string reason, string message, CancellationToken cancellationToken)
    {
        if (reason != "NetworkNotReady" && nic.Status?.Conditions.Find("Allocated")?.Message != message) _context.Events.Record(nic, EventSeverity.Warning, reason, message);
        await _context.Client.ChangeStatusAsync(nic, current => current with
        {
            Status = (current.Status ?? new NetworkInterfaceStatus()) with
            {
                ObservedGeneration = current.Metadata.Generation,
                Conditions = (current.Status?.Conditions)
                    .With("Allocated", false, reason, message, current.Metadata.Generation, _context.Time.GetUtcNow())
                    .With("Ready", false, reason, message, current.Metadata.Generation, _context.Time.GetUtcNow()),
            },
        }, cancellationToken);
        return ReconcileResult.After(TimeSpan.FromSeconds(15)); // an address may become free
    }

    private async Task<(string? Mac, AllocationProblem? Problem)> MacAsync(NetworkInterface nic, CancellationToken cancellationToken)
    {
        if ((nic.Spec.Mac ?? nic.Status?.Mac ?? Held(nic, "mac-")) is { } wanted)
        {
            return await _book.ClaimAsync(AddressBook.MacName(wanted), wanted, nic, cancellationToken)
                ? (wanted, null)
                : (null, new("MacInUse", $"spec.mac: `{wanted}` is another interface's address; choose another one, or leave it out to be given one"));
        }
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var mac = MacRules.AllocatedPrefix + string.Join(':', RandomNumberGenerator.GetBytes(3).Select(b => Convert.ToHexStringLower([b])));
            if (await _book.ClaimAsync(AddressBook.MacName(mac), mac, nic, cancellationToken)) return (mac, null);
        }
        return (null, new("NoFreeMac", "no free MAC address was found; this will be tried again"));
    }

    private async Task<(IPAddress? Address, AllocationProblem? Problem)> AddressAsync(NetworkInterface nic, ApiNetwork network, Ipv4Subnet subnet, CancellationToken cancellationToken)
    {
        var uid = network.Metadata.Uid!;
        if (nic.Spec.Address is { } wanted)
        {
            var address = IPAddress.Parse(wanted);
            if (NetworkRules.AddressProblem(address, subnet) is { } problem) return (null, new("InvalidAddress", $"spec.address: {problem}"));
            return await _book.ClaimAsync(AddressBook.AddressName(uid, address), wanted, nic, cancellationToken)
                ? (address, null)
                : (null, new("AddressInUse", $"spec.address: `{wanted}` is another interface's address in network `{network.Metadata.Name}`; choose another one, or leave it out to be given one"));
        }
        if (Held(nic, $"ip-{uid}-") is { } held) return (IPAddress.Parse(held), null);
        var attempts = 0;
        for (long i = FirstHost; i < subnet.Size - 2 && attempts < MaxAttempts; i++)
        {
            if (_book.IsClaimed(AddressBook.AddressName(uid, subnet[i]))) continue;
            attempts++;
            if (await _book.ClaimAsync(AddressBook.AddressName(uid, subnet[i]), subnet[i].ToString(), nic, cancellationToken)) return (subnet[i], null);
        }
        return (null, new("NoFreeAddress", $"no free address is left in `{subnet}` of network `{network.Metadata.Name}`"));
    }

    /// <summary>A claim made before the status could be written is taken up again.</summary>
    private string? Held(NetworkInterface nic, string prefix) =>
        _book.Of(nic.Metadata.Uid!).Where(c => c.Metadata.Name!.StartsWith(prefix, StringComparison.Ordinal)).Select(c => c.Spec.Value).Order(StringComparer.Ordinal).FirstOrDefault();
}
