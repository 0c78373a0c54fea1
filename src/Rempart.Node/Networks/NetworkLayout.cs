using System.Security.Cryptography;
using System.Text;

namespace Rempart.Node.Networks;

/// <summary>The names and paths that an instance's network uses on its host, all derived from its id and folder.</summary>
internal sealed class NetworkLayout(NetworkSettings settings)
{
    /// <summary>The end of the veth pair inside the namespace; a port of <see cref="UplinkBridge"/>.</summary>
    internal const string NamespaceVeth = "up0";

    /// <summary>The name server's own interface in the namespace, and its other end on <see cref="UplinkBridge"/>.</summary>
    internal const string NameServerVeth = "dns0";

    internal const string NameServerPeer = "dns1";
    /// <summary>The end of the tunnels' own veth pair inside the namespace; a port of <see cref="TunnelBridge"/> on the userspace datapath.</summary>
    internal const string TunnelVeth = "tun0";

    /// <summary>Holds the address that the userspace switch sends tunnels from.</summary>
    internal const string TunnelBridge = "br-tun";

    internal const string IntegrationBridge = "br-int";
    internal const string UplinkBridge = "br-ex";

    /// <summary>OVN's name for the physical network behind <see cref="UplinkBridge"/>.</summary>
    internal const string UplinkNetwork = "uplink";

    /// <summary>All instances' host interfaces begin so: forwarding rules of one instance must let the others pass.</summary>
    internal const string HostVethPrefix = "rp-";

    /// <summary>The host's and the namespace's ends of the link between them that tunnels take; the host writes its own address for the latter.</summary>
    internal static readonly System.Net.IPAddress TunnelGateway = System.Net.IPAddress.Parse("169.254.97.1");

    internal static readonly System.Net.IPAddress TunnelSource = System.Net.IPAddress.Parse("169.254.97.2");

    private const int MaxInterfaceName = 15;

    internal string Namespace => $"rempart-{settings.Instance}";

    internal string NamespacePath => $"/run/netns/{Namespace}";

    internal string Table => $"rempart-{settings.Instance}";

    internal string HostVeth
    {
        get
        {
            var name = HostVethPrefix + settings.Instance;
            if (name.Length <= MaxInterfaceName) return name;
            return HostVethPrefix + Digest[..(MaxInterfaceName - HostVethPrefix.Length)];
        }
    }

    /// <summary>The host's end of the tunnels' link; `_` is in no instance's id.</summary>
    internal string HostTunnelVeth => $"{HostVethPrefix}_{Digest[..(MaxInterfaceName - HostVethPrefix.Length - 1)]}";

    private string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings.Instance)));

    /// <summary>What routes and addresses of the tunnels are put on in the namespace: the kernel's switch needs no bridge for it.</summary>
    internal string TunnelLink => settings.Datapath == Datapath.Userspace ? TunnelBridge : TunnelVeth;

    internal string Folder => Path.Combine(settings.InstanceFolder, "network");

    internal string Log(string service) => Path.Combine(settings.InstanceFolder, "logs", $"{service}.log");

    /// <summary>The switch's database, sockets and pid files.</summary>
    internal string SwitchFolder => Path.Combine(Folder, "switch");

    /// <summary>OVN's databases and control sockets.</summary>
    internal string CentralFolder => Path.Combine(Folder, "central");

    /// <summary>Holds nothing but the northbound database's socket, for the API server's group.</summary>
    internal string NorthboundFolder => Path.Combine(Folder, "northbound");

    internal string SwitchDatabase => Path.Combine(SwitchFolder, "conf.db");

    internal string SwitchSocket => Path.Combine(SwitchFolder, "db.sock");

    /// <summary>A cluster's databases are files of another kind; the ones of a host on its own stay beside them.</summary>
    internal string NorthboundDatabase => Path.Combine(CentralFolder, settings.IsCluster ? "nb.cluster.db" : "nb.db");

    internal string SouthboundDatabase => Path.Combine(CentralFolder, settings.IsCluster ? "sb.cluster.db" : "sb.db");

    internal string NorthboundSocket => Path.Combine(NorthboundFolder, "nb.sock");

    internal string SouthboundSocket => Path.Combine(CentralFolder, "sb.sock");

    /// <summary>Readable by all: the name server watches it for changes.</summary>
    internal string ResolverFolder => Path.Combine(Folder, "resolver");

    /// <summary>What the agent tells the responder; readable by the responder's group.</summary>
    internal string NamesFolder => Path.Combine(Folder, "names");

    /// <summary>An empty folder, where the responder's own root is mounted in its own mount namespace.</summary>
    internal string NamesRoot => Path.Combine(Folder, "names-root");

    /// <summary>Certificates of OVN's processes; their group reads there.</summary>
    internal string TlsFolder => Path.Combine(Folder, "tls");

    /// <summary>Certificate and key in one file, so that they can't be of two generations; processes take up a new one by themselves.</summary>
    internal string TlsIdentity => Path.Combine(TlsFolder, "identity.pem");

    /// <summary>Who issues certificates of the hosts that hold databases, and of API servers.</summary>
    internal string TlsCentralAuthority => Path.Combine(TlsFolder, "central-ca.pem");

    /// <summary>The same, and who issues those of all other hosts: whoever may speak to the southbound database.</summary>
    internal string TlsHostAuthorities => Path.Combine(TlsFolder, "host-ca.pem");

    /// <summary>Settings of OpenSSL: nothing before TLS 1.3.</summary>
    internal string TlsSettings => Path.Combine(TlsFolder, "openssl.cnf");

    /// <summary>What the agent must know of an instance of several hosts; absent on a single one.</summary>
    internal string ClusterFile => Path.Combine(Folder, "cluster.json");

    internal string ResolverFile => Path.Combine(ResolverFolder, "resolv.conf");
}
