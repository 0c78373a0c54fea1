using System.Globalization;
using System.Net;
using Rempart.Api.Client;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Runtime;
using Rempart.Runtime.Informers;

namespace Rempart.Controllers.Networking;

/// <summary>
/// Claims of MAC addresses, addresses, subnets and router addresses. A claim is an object whose name is made of what it
/// claims, so the store itself refuses the second one, whoever makes it and however old anybody's cache is.
/// </summary>
internal sealed class AddressBook(ApiClient client, ICache<AddressClaim> claims)
{
    private const string ByOwner = "claim-owner";

    internal static string MacName(string mac) => "mac-" + mac.Replace(':', '-');

    internal static string AddressName(string networkUid, IPAddress address) => $"ip-{networkUid}-{Dashes(address)}";

    internal static string SubnetName(Ipv4Subnet block) => $"subnet-{Dashes(block[0])}-{block.Prefix.ToString(CultureInfo.InvariantCulture)}";

    internal static string UplinkName(IPAddress address) => "uplink-" + Dashes(address);

    /// <summary>Declares the index that <see cref="Of"/> uses.</summary>
    internal static void AddIndex(ICache<AddressClaim> claims) => claims.AddIndex(ByOwner, claim => [claim.Spec.OwnerUid]);

    /// <summary>What an owner holds, as far as the cache knows.</summary>
    internal IEnumerable<AddressClaim> Of(string ownerUid) => claims.ByIndex(ByOwner, ownerUid);

    /// <summary>Whether somebody holds it, as far as the cache knows.</summary>
    internal bool IsClaimed(string name) => claims.Get(new ResourceKey(null, name)) is not null;

    /// <summary>Claims a value for an owner; again for the same owner is fine.</summary>
    /// <returns>false when another owner holds it.</returns>
    internal async Task<bool> ClaimAsync(string name, string value, ApiObject owner, CancellationToken cancellation)
    {
        if (claims.Get(new ResourceKey(null, name))?.Spec.OwnerUid == owner.Metadata.Uid) return true;
        try
        {
            await client.CreateAsync(new AddressClaim
            {
                Metadata = new ObjectMeta { Name = name },
                Spec = new AddressClaimSpec
                {
                    OwnerKind = KindInfo.Of(owner.GetType()).Kind,
                    OwnerNamespace = owner.Metadata.Namespace!,
                    OwnerName = owner.Metadata.Name!,
                    OwnerUid = owner.Metadata.Uid!,
                    Value = value,
                },
            }, cancellation);
            return true;
        }
        catch (ApiException taken) when (taken.Status.Reason == StatusReason.AlreadyExists)
        {
            return (await client.FindAsync<AddressClaim>(null, name, cancellation))?.Spec.OwnerUid == owner.Metadata.Uid;
        }
    }

    private static string Dashes(IPAddress address) => address.ToString().Replace('.', '-');
}
