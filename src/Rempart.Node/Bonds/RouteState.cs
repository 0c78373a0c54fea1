namespace Rempart.Node.Bonds;

/// <summary>A route that somebody made, by one device; those that the kernel makes of addresses come and go with them.</summary>
/// <param name="IsV6">of IPv6.</param>
/// <param name="Device">the device.</param>
/// <param name="Destination">a prefix, or `default`.</param>
/// <param name="Rest">the other arguments of `ip route`, the gateway's first.</param>
internal sealed record RouteState(bool IsV6, string Device, string Destination, IReadOnlyList<string> Rest)
{
    /// <summary>One that goes by a gateway needs the way to the gateway first.</summary>
    public bool HasGateway => Rest is ["via", ..];

    /// <summary>The command that makes it, by a device.</summary>
    public IReadOnlyList<string> Replace(string device) => [IsV6 ? "-6" : "-4", "route", "replace", Destination, .. Rest, "dev", device];

    /// <summary>The same one as text: equal lists are not equal records.</summary>
    public string Text => string.Join(' ', Replace(Device));
}
