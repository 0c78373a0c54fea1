using Rempart.Protocols.Ovsdb;

namespace Rempart.Controllers.Networking;

/// <summary>Which hosts a port may be plugged on: no other host gets it, whatever is plugged there.</summary>
/// <param name="Source">the host that runs the machine.</param>
/// <param name="Target">where the machine is moving to; null when it is not moving.</param>
internal sealed record PortPlacement(string Source, string? Target)
{
    /// <summary>The placement of a machine's ports.</summary>
    /// <param name="node">node that runs the machine; null when none does, and then the port is wherever it is plugged.</param>
    /// <param name="movingTo">node that an active move of it names as its target; null without one, and before one is chosen.</param>
    internal static PortPlacement? Of(string? node, string? movingTo) => node is null ? null : new PortPlacement(node, movingTo == node ? null : movingTo);

    /// <summary>
    /// Options of the logical port (ovn-nb(5)). While both hosts have it, the source carries it alone until the target's machine announces
    /// itself by RARP, which QEMU does as it goes on: without that, each packet would arrive twice.
    /// </summary>
    internal static OvsdbDatum Options(PortPlacement? placement) => OvsdbDatum.Map(placement switch
    {
        null => [],
        { Target: null } => [KeyValuePair.Create("requested-chassis", placement.Source)],
        _ => [KeyValuePair.Create("requested-chassis", $"{placement.Source},{placement.Target}"), KeyValuePair.Create("activation-strategy", "rarp")],
    });
}
