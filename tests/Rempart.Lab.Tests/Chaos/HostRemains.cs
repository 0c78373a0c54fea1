using Rempart.Lab.Hosts;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>
/// What machines leave on a host if nobody tidies up, a line each: jails, their processes and cgroups, notes, files and who has them open, taps, ports of
/// the switch and of OVN, sockets that listen, mounts. Compared with what was there before them.
/// </summary>
internal static class HostRemains
{
    private static readonly string[] Folders = ["workloads", "runc", "moves", "machines", "pool", "pools", "tools", "runc-tools"];

    // Arguments: the instance and its folder. A database that does not answer ends it: what was not seen is not gone.
    private const string Script = """
        set -eu
        names() { ip -o "$@" link show | cut -d: -f2 | cut -d@ -f1; }
        ports() { "$@" | tr -d '" '; }
        links=$(names) taps=$(names -n "rempart-$1")
        switch=$(ports ovs-vsctl --db="unix:$2/network/switch/db.sock" --timeout=20 -f csv --no-headings --columns=name,external_ids list Interface)
        logical=$(ports ovn-nbctl --no-leader-only --db="unix:$2/network/northbound/nb.sock" --timeout=20 -f csv --no-headings --columns=name list Logical_Switch_Port)
        # Services listen when they come to it: that of OVN's southbound database begins when its cluster has told it where.
        sockets=$(ss -Hltnp | grep -vE '"(ovsdb-server|ovs-vswitchd|ovn-controller|etcd|rempart-server|dnsmasq)"' || true)
        for link in $links; do echo "link $link"; done
        for link in $taps; do echo "tap $link"; done
        for port in $switch; do case $port in *iface-id=*) echo "switch port $port" ;; esac; done
        for port in $logical; do echo "logical port $port"; done
        echo "$sockets" | while read -r state receive send address rest; do [ -z "$address" ] || echo "listens $address"; done
        cut -d' ' -f2 /proc/self/mounts | sort | uniq -c | while read -r count place; do echo "mount $place, $count"; done
        find /sys/fs/cgroup -type d -path "*/rempart-$1/*" -printf 'cgroup %p\n'
        find /proc/[0-9]*/fd -lname "$2/node/*/*" -printf '%l\n' 2>/dev/null | sort -u | while read -r file; do
          case $file in "$2"/node/jails/* | "$2"/node/audit/*) ;; *) echo "open file $file" ;; esac
        done
        for process in /proc/[0-9]*; do
          read -r name <"$process/comm" || continue
          case $name in qemu* | conmon* | runc*) echo "process $(tr '\0' ' ' <"$process/cmdline" | cut -c1-4000)" ;; esac
        done 2>/dev/null
        """;

    /// <exception cref="LabException">the host can't be looked at now.</exception>
    public static async Task<IReadOnlyList<string>> OfAsync(LabHost host, CancellationToken cancellationToken)
    {
        var node = Path.Combine(host.Layout.InstanceFolder, "node");
        var seen = await host.RunAsync(["/bin/sh", "-c", Script, "sh", host.Layout.Instance, host.Layout.InsideFolder], null, cancellationToken);
        return [.. Folders.SelectMany(folder => Files(node, folder)), .. seen.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Files(string node, string folder)
    {
        var path = Path.Combine(node, folder);
        return Directory.Exists(path)
            ? Directory.EnumerateFileSystemEntries(path, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, AttributesToSkip = FileAttributes.None }).Select(found => $"file {Path.GetRelativePath(node, found)}")
            : [];
    }
}
