namespace Rempart.Node.Bonds;

/// <summary>An address of a device.</summary>
/// <param name="Cidr">with the length of its prefix.</param>
/// <param name="Broadcast">of IPv4.</param>
/// <param name="IsLent">whether it ends by itself: a DHCP client or router advertisements look after it.</param>
internal sealed record LinkAddress(string Cidr, string? Broadcast, bool IsLent)
{
    public bool IsV6 => Cidr.Contains(':', StringComparison.Ordinal);

    /// <summary>Arguments of `ip address` that name it.</summary>
    public IReadOnlyList<string> Words => Broadcast is null ? [Cidr] : [Cidr, "broadcast", Broadcast];
}
