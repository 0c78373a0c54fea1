using System.Net;
using Rempart.Api.Networking;

namespace Rempart.Node.Networks;

/// <summary>How an instance's network is laid on this host. Everything else derives from these.</summary>
internal sealed record NetworkSettings
{
    /// <summary>The instance's id, 1 to 24 of `a-z 0-9 -`, beginning with a letter.</summary>
    public required string Instance { get; init; }

    /// <summary>The instance's folder, such as `/var/lib/rempart/ID`.</summary>
    public required string InstanceFolder { get; init; }

    /// <summary>Name of the Node; OVN's chassis has the same.</summary>
    public required string NodeName { get; init; }

    public required Datapath Datapath { get; init; }

    /// <summary>Between the instance's routers and the host: the host is its first address, the name server its second. /29 to /16.</summary>
    public Ipv4Subnet Uplink { get; init; } = Ipv4Subnet.Parse("100.64.0.0/22");

    /// <summary>What project networks are cut from; never forwarded to the outside.</summary>
    public Ipv4Subnet Pool { get; init; } = Ipv4Subnet.Parse("10.128.0.0/9");

    /// <summary>This host's address on the tenant plane, where other hosts' tunnels end; null on a single host, which needs no tunnels.</summary>
    public IPAddress? TunnelAddress { get; init; }

    /// <summary>How packets between hosts are wrapped.</summary>
    public Encapsulation Encapsulation { get; init; } = Encapsulation.Geneve;

    /// <summary>The hosts that hold OVN's databases, the same list on every host; empty on a single host, whose databases are its own alone.</summary>
    public IReadOnlyList<CentralMember> Central { get; init; } = [];

    /// <summary>Account that the switch and OVN run as.</summary>
    public string DaemonUser { get; init; } = "rempart-net";

    /// <summary>Group of <see cref="DaemonUser"/>.</summary>
    public string DaemonGroup { get; init; } = "rempart-net";

    /// <summary>Account that the name server and the responder run as: neither may touch the switch or OVN.</summary>
    public string NamesUser { get; init; } = "rempart-names";

    /// <summary>Group of <see cref="NamesUser"/>.</summary>
    public string NamesGroup { get; init; } = "rempart-names";

    /// <summary>Group that may write the northbound database: the API server's.</summary>
    public string ServerGroup { get; init; } = "rempart-server";

    /// <summary>Where names outside of the projects are asked for; the host's own servers when empty.</summary>
    public IReadOnlyList<IPAddress> NameServers { get; init; } = [];

    /// <summary>`/dev/net/tun` may be opened by anyone, as udev makes it (the kernel asks for CAP_NET_ADMIN all the same).</summary>
    public bool TunIsOpen { get; init; } = true;

    /// <summary>Records that instances of one host share, such as changed kernel settings; gone at boot like what they describe.</summary>
    public string StateFolder { get; init; } = "/run/rempart";

    /// <summary>This host's own entry of <see cref="Central"/>; null when it holds no database of a cluster.</summary>
    internal CentralMember? OwnCentral => Central.FirstOrDefault(member => member.Node == NodeName);

    /// <summary>Databases over TLS, tunnels: an instance of several hosts, or one that may become so.</summary>
    internal bool IsCluster => Central.Count > 0;

    internal IPAddress HostAddress => Uplink[1];

    internal IPAddress NameServerAddress => Uplink[2];
}
