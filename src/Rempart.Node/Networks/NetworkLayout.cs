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
    internal const string IntegrationBridge = "br-int";
    internal const string UplinkBridge = "br-ex";

    /// <summary>OVN's name for the physical network behind <see cref="UplinkBridge"/>.</summary>
    internal const string UplinkNetwork = "uplink";

    /// <summary>All instances' host interfaces begin so: forwarding rules of one instance must let the others pass.</summary>
    internal const string HostVethPrefix = "rp-";

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
            var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings.Instance)));
            return HostVethPrefix + digest[..(MaxInterfaceName - HostVethPrefix.Length)];
        }
    }

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

    internal string NorthboundDatabase => Path.Combine(CentralFolder, "nb.db");

    internal string SouthboundDatabase => Path.Combine(CentralFolder, "sb.db");

    internal string NorthboundSocket => Path.Combine(NorthboundFolder, "nb.sock");

    internal string SouthboundSocket => Path.Combine(CentralFolder, "sb.sock");

    /// <summary>Readable by all: the name server watches it for changes.</summary>
    internal string ResolverFolder => Path.Combine(Folder, "resolver");

    /// <summary>What the agent tells the responder; readable by the responder's group.</summary>
    internal string NamesFolder => Path.Combine(Folder, "names");

    /// <summary>An empty folder, where the responder's own root is mounted in its own mount namespace.</summary>
    internal string NamesRoot => Path.Combine(Folder, "names-root");

    internal string ResolverFile => Path.Combine(ResolverFolder, "resolv.conf");
}
