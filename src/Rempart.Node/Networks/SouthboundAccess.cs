using System.Globalization;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Node.Networks;

/// <summary>
/// The southbound database's own list of where it listens: with a role, which no option of its server can say. Kept by the agents of
/// the hosts that hold it; whoever writes first, the others find it written.
/// </summary>
internal static class SouthboundAccess
{
    internal const string Database = "OVN_Southbound";

    /// <summary>What each host's `ovn-controller` may write (ovn-sb(5), RBAC): its own chassis, by the name in its certificate.</summary>
    private const string Role = "ovn-controller";

    /// <summary>Milliseconds without a word before a host is asked whether it is there. The database's own five seconds are short where hosts are busy.</summary>
    private const long Probe = 30_000;

    internal static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> Monitor = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal)
    {
        ["SB_Global"] = ["connections"],
        ["Connection"] = ["target", "role", "inactivity_probe"],
    };

    /// <summary>All members share the list, so it can't name an address: the host's firewall does.</summary>
    private static string Target => $"pssl:{CentralPorts.Southbound.ToString(CultureInfo.InvariantCulture)}:0.0.0.0";

    /// <summary>The operations that lead from what is there to what must be; none when nothing is missing. Pure.</summary>
    internal static IReadOnlyList<OvsdbOperation> Decide(OvsdbReplica observed)
    {
        // `ovn-northd` makes the row, in its time.
        if (observed.Rows("SB_Global").FirstOrDefault() is not { } root) return [];
        var listed = root["connections"].Atoms.Select(a => observed.Find("Connection", a.AsUuid())).OfType<OvsdbRow>().ToList();
        if (listed is [var only] && only["target"].Text == Target && only["role"].Text == Role) return [];
        return
        [
            OvsdbOperation.Insert("Connection", "hosts", new Dictionary<string, OvsdbDatum>(StringComparer.Ordinal)
            {
                ["target"] = OvsdbDatum.Of(Target),
                ["role"] = OvsdbDatum.Of(Role),
                ["inactivity_probe"] = OvsdbDatum.Of(Probe),
            }),
            // Others are not ours: a port without a role would be open to every host.
            OvsdbOperation.Update("SB_Global", root.Uuid, new Dictionary<string, OvsdbDatum>(StringComparer.Ordinal) { ["connections"] = OvsdbDatum.Of(OvsdbAtom.Named("hosts")) }),
        ];
    }
}
