namespace Rempart.Node.Networks;

/// <summary>The instance's own nftables table on the host: what may leave, and that nothing reaches the host itself.</summary>
internal static class NetworkFirewall
{
    /// <summary>A script for `nft -f -` that replaces the table in one step.</summary>
    /// <param name="settings">the instance's network.</param>
    /// <param name="closeForwarding">
    /// the host forwarded nothing before an instance came: nothing else may be forwarded now, though the kernel's switch is one for all interfaces.
    /// </param>
    internal static string Script(NetworkSettings settings, bool closeForwarding)
    {
        var layout = new NetworkLayout(settings);
        var close = closeForwarding ? $"    iifname != \"{NetworkLayout.HostVethPrefix}*\" oifname != \"{NetworkLayout.HostVethPrefix}*\" drop comment \"the host forwarded nothing before\"\n" : "";
        return $$"""
            table inet {{layout.Table}}
            delete table inet {{layout.Table}}
            table inet {{layout.Table}} {
              chain input {
                type filter hook input priority -10; policy accept;
                iifname "{{layout.HostVeth}}" counter drop comment "guests never reach the host"
            {{TunnelInput(settings, layout)}}{{CentralInput(settings)}}  }
              chain forward {
                type filter hook forward priority -10; policy accept;
            {{close}}{{TunnelForward(settings, layout)}}    iifname "{{layout.HostVeth}}" oifname "{{NetworkLayout.HostVethPrefix}}*" counter drop comment "instances never meet"
                iifname "{{layout.HostVeth}}" ip saddr != {{settings.Uplink}} counter drop
                iifname "{{layout.HostVeth}}" meta nfproto ipv6 counter drop
                iifname "{{layout.HostVeth}}" ip saddr {{settings.NameServerAddress}} accept
                iifname "{{layout.HostVeth}}" ip daddr { {{settings.Pool}}, 169.254.0.0/16, 127.0.0.0/8 } counter drop
                oifname "{{layout.HostVeth}}" ct state established,related accept
                oifname "{{layout.HostVeth}}" counter drop comment "nothing enters unasked"
              }
              chain postrouting {
                type nat hook postrouting priority srcnat; policy accept;
                ip saddr {{settings.Uplink}} oifname != "{{layout.HostVeth}}" masquerade
              }
            {{TunnelAddresses(settings, layout)}}}

            """;
    }

    /// <summary>Inside the namespace: it answers names, on the links to networks, where each socket hears its own link and address only, and nothing else. What guests send arrives on their taps too, beside the switch.</summary>
    internal static string NamespaceScript(NetworkSettings settings) =>
        $$"""
        table inet rempart
        delete table inet rempart
        table inet rempart {
          chain input {
            type filter hook input priority 0; policy drop;
            iifname "lo" accept
            iifname "{{NetworkLayout.NameServerVeth}}" ct state established,related accept
            {{(settings.IsCluster ? $"iifname \"{NetworkLayout.TunnelVeth}\" udp dport {TunnelPort(settings)} accept\n    " : "")}}iifname "{{Names.NameLink.Prefix}}*" udp dport 53 accept
            iifname "{{Names.NameLink.Prefix}}*" tcp dport 53 accept
          }
          chain forward {
            type filter hook forward priority 0; policy drop;
          }
          chain output {
            type filter hook output priority 0; policy accept;
            oifname "{{Names.NameLink.Prefix}}*" icmp type destination-unreachable drop comment "to resolvers a responder that starts is slow, not absent"
          }
        }

        """;

    private static string TunnelInput(NetworkSettings settings, NetworkLayout layout) => settings.IsCluster
        ? $"    iifname \"{layout.HostTunnelVeth}\" counter drop comment \"nor does the switch\"\n" : "";

    /// <summary>Hosts may come with certificates that the southbound database takes: its ports without a role are for members alone.</summary>
    private static string CentralInput(NetworkSettings settings) => settings.OwnCentral is not { } own ? "" :
        $$"""
            tcp dport { {{CentralPorts.Northbound}}-{{CentralPorts.Translator}} } ip daddr != {{own.Address}} counter drop comment "OVN's databases are on the management plane"
            tcp dport { {{CentralPorts.NorthboundRaft}}-{{CentralPorts.Translator}} } ip saddr != { {{string.Join(", ", settings.Central.Select(m => m.Address))}} } counter drop comment "members only"

        """;

    private static string TunnelForward(NetworkSettings settings, NetworkLayout layout) => !settings.IsCluster ? "" :
        $$"""
            iifname "{{layout.HostTunnelVeth}}" oifname != "{{NetworkLayout.HostVethPrefix}}*" ip saddr {{NetworkLayout.TunnelSource}} udp dport {{TunnelPort(settings)}} accept
            iifname "{{layout.HostTunnelVeth}}" counter drop comment "tunnels only"
            oifname "{{layout.HostTunnelVeth}}" ip daddr {{NetworkLayout.TunnelSource}} udp dport {{TunnelPort(settings)}} accept
            oifname "{{layout.HostTunnelVeth}}" counter drop comment "tunnels only"

        """;

    /// <summary>The switch is in a namespace, its tunnels end at the host's address: one is written for the other, without connection tracking, which guests could fill.</summary>
    private static string TunnelAddresses(NetworkSettings settings, NetworkLayout layout) => !settings.IsCluster ? "" :
        $$"""
          chain tunnel-in {
            type filter hook prerouting priority raw; policy accept;
            iifname "{{layout.HostTunnelVeth}}" notrack
            iifname != "{{NetworkLayout.HostVethPrefix}}*" ip daddr {{settings.TunnelAddress}} udp dport {{TunnelPort(settings)}} notrack ip daddr set {{NetworkLayout.TunnelSource}}
          }
          chain tunnel-out {
            type filter hook postrouting priority raw; policy accept;
            oifname != "{{NetworkLayout.HostVethPrefix}}*" ip saddr {{NetworkLayout.TunnelSource}} ip saddr set {{settings.TunnelAddress}}
          }

        """;

    private static int TunnelPort(NetworkSettings settings) => settings.Encapsulation == Encapsulation.Vxlan ? 4789 : 6081;

    internal static string RemovalScript(NetworkSettings settings)
    {
        var table = new NetworkLayout(settings).Table;
        return $"table inet {table}\ndelete table inet {table}\n";
    }
}
