using Rempart.Api.Infra;

namespace Rempart.Node.Bonds;

/// <summary>What a bond is to the kernel.</summary>
/// <param name="Kind">kind of such devices.</param>
/// <param name="Words">the arguments of `ip link add` behind `type`, for a mode.</param>
internal sealed record BondType(string Kind, Func<string, IReadOnlyList<string>> Words)
{
    /// <summary>The kernel's driver `bonding`: a device's carrier is looked at ten times a second; with LACP both ends spread by the same fields, so that packets of a connection stay in order.</summary>
    internal static BondType Kernel { get; } = new("bond", mode => mode == HostBond.Lacp
        ? ["bond", "mode", mode, "miimon", "100", "lacp_rate", "slow", "xmit_hash_policy", "layer2+3"]
        : ["bond", "mode", mode, "miimon", "100"]);
}
